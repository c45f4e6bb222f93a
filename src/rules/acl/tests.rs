//! The access list: every section, every kind of entry, its errors, and its size.

#[cfg(target_os = "linux")]
use std::time::Duration;

use super::*;
use crate::model::LineError;

const LIST: &str = r"# an access list
[bypass_all]

[proxy_list]
||proxied.example
|one.example
(^|\.)regex\.example$
^(a|b)\d+\.pattern\.example$
198.51.100.0/24
2001:db8:1::/48

[bypass_list]
||past.proxied.example
203.0.113.7

[outbound_block_list]
||blocked.example
192.0.2.0/24
2001:db8:bad::/48
198.51.100.66
";

fn target(text: &str) -> Target {
    match text.parse() {
        Ok(addr) => Target::Address(addr),
        Err(_) => Target::from_host(text, 443).unwrap(),
    }
}

#[track_caller]
fn check(acl: &Acl, text: &str, route: Route, line: Option<u32>) {
    let decision = acl.route(&target(text));
    assert_eq!((decision.route, decision.rule.map(|rule| rule.line)), (route, line), "{text}");
}

#[test]
fn every_section_and_kind_of_entry_is_routed() {
    let acl = Acl::parse(LIST).unwrap();
    check(&acl, "proxied.example", Route::Pool, Some(5));
    check(&acl, "WWW.Proxied.example.", Route::Pool, Some(5));
    check(&acl, "notproxied.example", Route::Direct, None);
    check(&acl, "one.example", Route::Pool, Some(6));
    check(&acl, "www.one.example", Route::Direct, None);
    check(&acl, "a.regex.example", Route::Pool, Some(7));
    check(&acl, "regexxexample", Route::Direct, None);
    check(&acl, "a12.pattern.example", Route::Pool, Some(8));
    check(&acl, "a.pattern.example", Route::Direct, None);
    check(&acl, "198.51.100.9:80", Route::Pool, Some(9));
    check(&acl, "198.51.100.9", Route::Pool, Some(9));
    check(&acl, "[::ffff:198.51.100.9]:80", Route::Pool, Some(9));
    check(&acl, "[2001:db8:1::5]:443", Route::Pool, Some(10));
    check(&acl, "[2001:db8:2::5]:443", Route::Direct, None);
    check(&acl, "past.proxied.example", Route::Pool, Some(5));
    check(&acl, "203.0.113.7:443", Route::Direct, Some(14));
    check(&acl, "www.blocked.example", Route::Block, Some(17));
    check(&acl, "192.0.2.1:443", Route::Block, Some(18));
    check(&acl, "[2001:db8:bad::1]:443", Route::Block, Some(19));
    check(&acl, "198.51.100.66:443", Route::Block, Some(20));
}

#[test]
fn comments_may_follow_entries_and_sections() {
    let text = "[proxy_all] # the rest\n[bypass_list]# near\n127.0.0.0/8 # private\n(^|\\.)localhost$ # name\n\
                (^|\\.)site[0-9]\\.example$ # pattern\n||below.example# all of it\n";
    let acl = Acl::parse(text).unwrap();
    check(&acl, "127.0.0.1:80", Route::Direct, Some(3));
    check(&acl, "localhost", Route::Direct, Some(4));
    check(&acl, "a.site1.example", Route::Direct, Some(5));
    check(&acl, "a.below.example", Route::Direct, Some(6));
    check(&acl, "other.example", Route::Pool, None);
}

#[test]
fn all_patterns_share_one_budget() {
    let bomb = (0..40).map(|n| format!("^{n}((ab|cd){{90}}){{90}}$\n")).collect::<String>();
    let bad = Acl::bad_lines(&format!("[bypass_list]\n{bomb}^b[0-9]\\.example$\n"));
    assert!(bad.len() >= 30 && bad.iter().all(|bad| bad.reason == LineError::TooComplex), "{bad:?}");
}

#[test]
fn unmatched_targets_use_the_default() {
    let fallback = |text| Acl::parse(text).unwrap().route(&target("a.example")).route;
    assert_eq!(fallback(""), Route::Pool);
    assert_eq!(fallback("[proxy_all]\n"), Route::Pool);
    assert_eq!(fallback("[accept_all]\r\n[bypass_list]\r\n||b.example\r\n"), Route::Pool);
    assert_eq!(fallback("[reject_all]\n"), Route::Direct);
    assert_eq!(fallback("[bypass_all]\n[white_list]\n||a.example\n"), Route::Pool);
}

#[test]
fn an_invalid_line_is_named() {
    let said = |text: &str| {
        let bad = Acl::parse(text).unwrap_err();
        format!("line {}: {}", bad.line, bad.reason)
    };
    assert_eq!(said("[proxy_lost]\n"), "line 1: unknown section [proxy_lost]");
    assert_eq!(said("\n# x\n||a.example\n"), "line 3: entry before the first section");
    assert_eq!(said("[bypass_list]\n10.0.0.0/33\n"), "line 2: invalid network: 10.0.0.0/33");
    assert_eq!(said("[bypass_list]\n|1.2.3.4\n"), "line 2: expected a domain, found an address: 1.2.3.4");
    assert!(said("[bypass_list]\n(a\n").starts_with("line 2: invalid regular expression: (a: "));
    assert!(said("[bypass_list]\n||a b\n").starts_with("line 2: invalid domain: a b"));
}

/// This thread's: other tests run beside it.
#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(target_os = "linux")]
#[test]
fn twenty_thousand_lines_are_read_quickly() {
    let line = |number: u32| match number % 10 {
        0 => format!("10.{}.{}.0/24", number / 250 % 250, number % 250),
        1 => format!("2001:db8:{:x}::/48", number),
        2 => format!("|exact{number}.example"),
        3 => format!("(^|\\.)spelled{number}\\.example$"),
        4 if number % 1_000 == 4 => format!("^odd{number}[0-9]+\\.example$"),
        _ => format!("||site{number}.example"),
    };
    let lines = (0..20_000).map(line).collect::<Vec<_>>().join("\n");
    let text = format!("[proxy_all]\n[bypass_list]\n{lines}\n");
    let took = (0..3).map(|_| {
        let before = processor_time();
        let acl = Acl::parse(&text).unwrap();
        let took = processor_time() - before;
        check(&acl, "www.site19999.example", Route::Direct, Some(20_002));
        check(&acl, "x.spelled13.example", Route::Direct, Some(16));
        check(&acl, "odd100477.example", Route::Direct, Some(1_007));
        check(&acl, "odd7.example", Route::Pool, None);
        took
    });
    let best = took.min().unwrap();
    assert!(best < Duration::from_millis(200), "{best:?} for 20,000 lines");
}
