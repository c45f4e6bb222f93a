//! The lists and their order, and that the PAC script decides like the matcher.

use std::sync::Arc;
use std::time::Instant;

use proptest::prelude::*;
use rand::prelude::*;
use rand::rngs::SmallRng;
use rquickjs::{Context, Function, Runtime};

use super::pac::Fallback;
use super::*;
use crate::model::route::RuleSource;

fn rules(user: &str, list: &str) -> LayeredRules {
    LayeredRules { user: Arc::new(RuleList::parse(user)), list: Arc::new(RuleList::parse(list)) }
}

fn decide(rules: &LayeredRules, url: &str) -> (RuleAction, Option<(RuleSource, u32)>) {
    let decision = rules.decide(&RequestUrl::parse(url).unwrap());
    (decision.action, decision.rule.map(|rule| (rule.source, rule.line)))
}

/// The script's results for addresses.
fn ask_script(script: &str, urls: &[String]) -> Vec<String> {
    let context = Context::full(&Runtime::new().unwrap()).unwrap();
    context.with(|context| {
        context.eval::<(), _>(script).unwrap();
        let find: Function = context.globals().get("FindProxyForURL").unwrap();
        let ask = |url: &String| {
            let host = url.parse::<url::Url>().unwrap().host_str().unwrap().to_owned();
            find.call((url.as_str(), host)).unwrap()
        };
        urls.iter().map(ask).collect()
    })
}

fn agree(rules: &LayeredRules, urls: &[String]) -> usize {
    let answers = ask_script(&pac::script(rules, Fallback::None), urls);
    for (url, answer) in urls.iter().zip(&answers) {
        let (action, rule) = decide(rules, url);
        let expected = if action == RuleAction::Proxy { "PROXY GATEWAY" } else { "DIRECT" };
        assert_eq!(answer, expected, "{url}: {rule:?}");
    }
    answers.iter().filter(|answer| answer.starts_with("PROXY")).count()
}

const LIST: &str = r"[AutoProxy 0.2.9]
||listed.example
@@||not.listed.example
|http://start.example/a
.end|
||paths.example/only/here
wild.example/*/x
/^https?:\/\/r[0-9]+\.regex\.example\//
.dotted.example
||ports.example:8080
||sep.example^path^
||cdn*.many.example
sho
";

#[test]
fn each_kind_of_rule_matches() {
    let rules = rules("", LIST);
    let proxied = [
        ("https://listed.example/", 2),
        ("http://A.B.Listed.Example/x?y", 2),
        ("http://start.example/ab", 4),
        ("http://x.example/y.end", 5),
        ("https://www.paths.example/only/here/z", 6),
        ("http://wild.example/a/b/x", 7),
        ("https://r12.regex.example/", 8),
        ("http://www.dotted.example/", 9),
        ("http://ports.example:8080/", 10),
        ("http://sep.example/path/", 11),
        ("https://cdn7.many.example/", 12),
        ("https://o.example/?show", 13),
    ];
    for (url, line) in proxied {
        assert_eq!(decide(&rules, url), (RuleAction::Proxy, Some((RuleSource::List, line))), "{url}");
    }
    let direct = [
        ("https://a.not.listed.example/", Some((RuleSource::List, 3))),
        ("https://unlisted.example/", None),
        ("https://start.example/a", None),
        ("http://x.example/y.end?", None),
        ("https://www.paths.example/only", None),
        ("https://dotted.example/", None),
        ("http://ports.example/", None),
        ("https://r.regex.example/", None),
    ];
    for (url, rule) in direct {
        assert_eq!(decide(&rules, url), (RuleAction::Direct, rule), "{url}");
    }
    let all = proxied.iter().map(|(url, _)| *url).chain(direct.iter().map(|(url, _)| *url));
    agree(&rules, &all.map(|url| url.parse::<url::Url>().unwrap().to_string()).collect::<Vec<_>>());
    assert_eq!(rules.list.skipped(), []);
}

#[test]
fn loopback_precedes_the_users_rules_and_those_the_list() {
    let rules = rules("||mine.example\n@@||listed.example\n||nas.local\n/./\n", "||listed.example\n@@||mine.example");
    let user = |line| Some((RuleSource::User, line));
    assert_eq!(decide(&rules, "mine.example"), (RuleAction::Proxy, user(1)));
    assert_eq!(decide(&rules, "www.listed.example"), (RuleAction::Direct, user(2)));
    assert_eq!(decide(&rules, "nas.local"), (RuleAction::Proxy, user(3)));
    for own in ["localhost", "127.0.0.1:8080", "[::1]:80", "x.localhost"] {
        assert_eq!(decide(&rules, own), (RuleAction::Direct, Some((RuleSource::BuiltIn, 0))), "{own}");
    }
    assert_eq!(
        rules.text(rules.decide(&RequestUrl::parse("mine.example").unwrap()).rule.unwrap()),
        Some("||mine.example")
    );
}

#[test]
fn local_hosts_are_direct_in_script_and_matcher() {
    let rules = rules("", "/./");
    let hosts = [
        "127.0.0.1",
        "127.255.0.3",
        "0.0.0.0",
        "10.0.0.1",
        "11.0.0.1",
        "172.15.0.1",
        "172.16.0.1",
        "172.31.9.9",
        "172.32.0.1",
        "192.168.0.1",
        "192.169.0.1",
        "169.254.1.1",
        "100.63.0.1",
        "100.64.0.1",
        "100.127.0.1",
        "100.128.0.1",
        "8.8.8.8",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::2]",
        "[fe80::1]",
        "[febf::1]",
        "[fec0::1]",
        "[fc00::1]",
        "[fdff::1]",
        "[fe00::1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:8.8.8.8]",
        "[2001:db8::1]",
        "[fd::1]",
        "localhost",
        "a.localhost",
        "printer",
        "nas.local",
        "x.home.arpa",
        "a.example",
        "a.example.",
    ];
    let urls: Vec<_> =
        hosts.iter().map(|host| format!("http://{host}/").parse::<url::Url>().unwrap().to_string()).collect();
    assert_eq!(agree(&rules, &urls), 16);
}

#[test]
fn browsers_bypass_a_dead_proxy_only_if_configured() {
    let rules = rules("||a.example", "");
    let answer = |fallback| ask_script(&pac::script(&rules, fallback), &["http://a.example/".into()]);
    assert_eq!(answer(Fallback::None), ["PROXY GATEWAY"]);
    assert_eq!(answer(Fallback::Direct), ["PROXY GATEWAY; DIRECT"]);
}

/// An expression that would take a browser's own engine minutes.
const HANGING: &str = r"/(a+)+$/
/^http:\/\/([^\/]+\.)*never\.(com|net)\//
/(x|xx|x)*y$/
/(b?){30}b{30}$/
c*c*c*c*c*d
/e.*e.*e.*e.*f/
";

#[test]
fn no_expression_makes_the_script_slow() {
    let rules = rules("", HANGING);
    assert_eq!((rules.list.skipped(), rules.list.not_in_script()), (&[][..], Vec::new()));
    let long = |part: &str| part.repeat(2_000 / part.len());
    let mut urls: Vec<_> = ["a", "x", "b", "c", "e"].map(|part| format!("http://h.test/{}!", long(part))).to_vec();
    urls.push(format!("http://{}test/", "q.".repeat(120)));
    urls.push("http://h.test/aaa".into());
    urls.push("http://www.never.net/".into());
    urls.push(format!("http://h.test/{}d", long("c")));
    let start = Instant::now();
    assert_eq!(agree(&rules, &urls), 3);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn an_expression_too_large_for_the_script_is_named() {
    let list = format!("||a.test\n/(a{{1,900}})+b/\n/^[^/]*(({}){{90}})+z$/\n", "ab|cde|f".repeat(40));
    let rules = rules("", &list);
    assert_eq!(rules.list.skipped(), []);
    assert_eq!(rules.list.not_in_script(), [3]);
}

#[test]
fn a_list_of_costly_expressions_is_read_quickly() {
    let costly = (0..3_000).map(|n| format!("/{n}((ab|cd|e){{40}}[0-9a-z]{{200}}){{20}}/\n")).collect::<String>();
    let start = Instant::now();
    let list = RuleList::parse(&costly);
    assert!(list.len() < 100 && list.skipped().len() > 2_900, "{}", list.len());
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    println!("{:?} for {} rules", start.elapsed(), list.len());
}

#[test]
fn browsers_omit_the_path_of_https_urls() {
    let rules = rules("", ".bbc.test/zhongwen\n");
    let asked = |url: &str| rules.decide(&RequestUrl::parse(url).unwrap().as_browsers_ask()).action;
    assert_eq!(asked("http://www.bbc.test/zhongwen?q"), RuleAction::Proxy);
    assert_eq!(asked("https://www.bbc.test/zhongwen?q"), RuleAction::Direct);
}

/// This many rules of every kind.
fn many_rules(count: usize, chance: &mut SmallRng) -> Vec<String> {
    let word = |chance: &mut SmallRng| format!("w{}", chance.random_range(0..3_000));
    let rule = |number: usize, chance: &mut SmallRng| {
        let (a, b) = (word(chance), word(chance));
        match number % 20 {
            0..=8 => format!("||{a}.example"),
            9 | 10 => format!(".{a}.test"),
            11 => format!("||{a}.test/{b}"),
            12 | 13 => format!("|http://{a}.{b}.test"),
            14 => format!("/{a}/{b}.html|"),
            15 => format!("@@||{b}.{a}.example"),
            16 => format!("@@|https://{a}.test/{b}"),
            17 => format!("|http://*.{a}.org/{b}*.Gif"),
            18 if number % 200 == 18 => format!("/^https?:\\/\\/[^\\/]*{a}\\.(com|ORG|co\\.uk)\\//"),
            _ => format!("{a}.org/{b}"),
        }
    };
    (0..count).map(|number| rule(number, chance)).collect()
}

/// Addresses that are similar to those in the rules.
fn many_urls(rules: &[String], count: usize, chance: &mut SmallRng) -> Vec<String> {
    let scheme = |chance: &mut SmallRng| *["http://", "https://"].choose(chance).unwrap();
    let mut urls = Vec::new();
    while urls.len() < count {
        let rule = rules.choose(chance).unwrap().trim_start_matches("@@").to_lowercase();
        let text = rule.trim_matches(['|', '/', '^']).replace('*', "x").replace(r"\/", "/");
        let text = text.trim_start_matches("http://").trim_start_matches("https://").trim_start_matches('.');
        let url = match chance.random_range(0..5) {
            0 => format!("{}{text}", scheme(chance)),
            1 => format!("{}www.{text}/deep/w1.html?q=W2", scheme(chance)),
            2 => format!("{}x{text}", scheme(chance)),
            3 => format!("{}w7.org:8080/{text}", scheme(chance)),
            _ => format!("{}w{}.{text}", scheme(chance), chance.random_range(0..3_000)),
        };
        urls.extend(url.parse::<url::Url>().ok().filter(url::Url::has_host).map(|url| url.to_string()));
    }
    urls
}

#[test]
fn the_script_agrees_with_the_matcher() {
    let mut chance = SmallRng::seed_from_u64(5);
    let texts = many_rules(5_000, &mut chance);
    let (user, list) = texts.split_at(100);
    let rules = rules(&user.join("\n"), &list.join("\n"));
    assert_eq!((rules.user.skipped(), rules.list.skipped()), (&[][..], &[][..]));
    let urls = many_urls(&texts, 1_000, &mut chance);
    let proxied = agree(&rules, &urls);
    assert!((200..900).contains(&proxied), "{proxied} of 1,000 go through the proxy: both ways are tried");

    let urls_asked: Vec<_> = urls.iter().map(|url| RequestUrl::parse(url).unwrap()).collect();
    let round = || {
        let start = Instant::now();
        let again = urls_asked.iter().filter(|url| rules.decide(url).action == RuleAction::Proxy).count();
        assert_eq!(again, proxied);
        start.elapsed() / 1_000
    };
    // Others may have the processor in some of the rounds.
    let each = (0..20).map(|_| round()).min().unwrap();
    assert!(each.as_micros() < 50, "{each:?} for one of 1,000 addresses and 5,000 rules");
    println!("{each:?} for one address");
}

proptest! {
    #[test]
    fn any_list_agrees_with_its_script(
        lines in proptest::collection::vec("(@@)?\\|{0,2}[a-c.*^/|:()+?{2}\\[\\]\\\\$-]{0,12}", 0..6),
        paths in proptest::collection::vec("[a-c]{1,3}(\\.[a-c]{1,2}){0,2}(/[a-c.]{0,6}){0,2}", 1..6),
    ) {
        let text = lines.join("\n");
        let rules = rules(&text, &text);
        let urls = paths.iter().filter_map(|path| format!("http://{path}").parse::<url::Url>().ok());
        agree(&rules, &urls.map(|url| url.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,200}", host in "\\PC{0,40}") {
        let rules = rules(&text, &text);
        if let Some(url) = RequestUrl::parse(&host) {
            rules.decide(&url);
        }
        let _refused = fetched::text(text.as_bytes());
        let _refused = acl::Acl::parse(&format!("[proxy_list]\n{text}"));
    }
}
