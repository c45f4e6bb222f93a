//! Rule lists and access lists from servers and files, and the addresses that they are applied to.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice::rules::acl::Acl;
use sluice::rules::{LayeredRules, RequestUrl, RuleList, fetched, pac};

fuzz_target!(|texts: (&str, &str)| {
    let (text, url) = texts;
    let rules = LayeredRules { user: RuleList::parse(text).into(), list: RuleList::parse(text).into() };
    let _script = pac::script(&rules, pac::Fallback::None);
    let _refused = fetched::text(text.as_bytes());
    let _refused = Acl::parse(text);
    if let Some(subject) = RequestUrl::parse(url) {
        let _decision = rules.decide(&subject);
    }
});
