//! The conversion of other clients' settings, by their field names.

use proptest::prelude::*;

use super::*;
use crate::model::Settings;
use crate::model::settings::PROGRAM_KEYS;

type Wished = Vec<(&'static str, String)>;
type Left = Vec<(String, SkipReason)>;

/// The expected keys and values, and the skipped names, each with its reason.
fn told(text: &str) -> (Wished, Left) {
    let ConvertedSettings { settings, left, .. } = read(text);
    let settings = settings.into_iter().map(|value| (value.key, value.value.expose().to_owned())).collect();
    (settings, left.into_iter().map(|left| (left.name, left.reason)).collect())
}

#[track_caller]
fn check(text: &str, settings: &[(&'static str, &str)], left: &[(&str, SkipReason)]) {
    let settings = settings.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    let left = left.iter().map(|(name, reason)| ((*name).to_owned(), *reason)).collect();
    assert_eq!(told(text), (settings, left), "{text}");
    // They are valid together.
    Settings::default().with_all(told(text).0.iter().map(|(key, value)| (*key, value.as_str()))).unwrap();
}

const SERVER: &str = r#"{"server":"a.test","server_port":1,"password":"p","method":"aes-256-gcm","group":"G"}"#;

fn id_of_server() -> String {
    list::node(&serde_json::from_str(SERVER).unwrap()).unwrap().id().to_string()
}

#[test]
fn settings_of_shadowsocks_windows() {
    use SkipReason::{NeedsLogin, Unsupported};
    let id = id_of_server();
    check(
        &format!(
            r#"{{"version":"4.4.1.0","configs":[{SERVER}],"strategy":null,"index":0,"global":false,"enabled":true,
            "shareOverLan":false,"firstRun":false,"localPort":1081,"portableMode":true,"pacUrl":null,"useOnlinePac":false,
            "secureLocalPac":true,"hotkey":{{"ShowLogs":""}},"userAgent":"ShadowsocksWindows/$version"}}"#
        ),
        &[("gateway.listen", "127.0.0.1:1081"), ("mode", "pac"), ("node", &id), ("cluster.on", "false")],
        &[("portableMode", Unsupported), ("secureLocalPac", Unsupported)],
    );
    check(
        &format!(
            r#"{{"version":"4.4","configs":[{SERVER}],"strategy":"com.shadowsocks.strategy.ha","index":-1,"global":true,
            "enabled":true,"shareOverLan":true,"localPort":"1080","userAgent":"My/$version",
            "proxy":{{"useProxy":true,"proxyServer":"10.0.0.1"}}}}"#
        ),
        &[
            ("gateway.listen", "127.0.0.1:1080"),
            ("mode", "global"),
            ("cluster.on", "true"),
            ("cluster.strategy", "fastest"),
            ("subscription.user_agent", "My/4.4"),
        ],
        &[("shareOverLan", NeedsLogin), ("proxy", Unsupported)],
    );
}

#[test]
fn settings_of_shadowsocks_r() {
    use SkipReason::{InvalidValue, Unsupported};
    let file = |more: &str| format!(r#"{{"configs":[{SERVER}],"index":0,"random":true,{more}}}"#);
    check(
        &file(
            r#""balanceAlgorithm":"OneByOne","randomInGroup":true,"sysProxyMode":3,"shareOverLan":true,"localPort":1088,
            "authUser":"me","authPass":"hunter2","TTL":600,"LangName":"zh-CN","dnsServer":"8.8.8.8","portMap":{},"token":{}"#,
        ),
        &[
            ("gateway.login", r#"{"password":"hunter2","user":"me"}"#),
            ("gateway.listen", "0.0.0.0:1088"),
            ("mode", "global"),
            ("cluster.on", "true"),
            ("cluster.strategy", "round-robin"),
            ("cluster.group", "G"),
            ("gateway.idle_limit_s", "600"),
            ("language", "zh-CN"),
        ],
        &[("dnsServer", Unsupported)],
    );
    check(
        &file(
            r#""balanceAlgorithm":"LowLatency","sameHostForSameTarget":true,"sysProxyMode":7,"localPort":70000,"LangName":"fr""#,
        ),
        &[("cluster.on", "true"), ("cluster.strategy", "sticky")],
        &[("localPort", InvalidValue), ("sysProxyMode", InvalidValue), ("LangName", InvalidValue)],
    );
    let found = read(&file(
        r#""serverSubscribes":[{"URL":"https://a.test/s","Group":"A"},{"Url":"https://b.test/s"},{"Group":"none"}],
        "onlineConfigSource":["https://c.test/s"]"#,
    ));
    let lists: Vec<_> = found.subscriptions.iter().map(|(name, url)| (name.as_str(), url.expose())).collect();
    assert_eq!(lists, [("", "https://c.test/s"), ("A", "https://a.test/s"), ("", "https://b.test/s")]);
}

#[test]
fn settings_of_shadowsocks_electron() {
    use SkipReason::{InTheTray, InvalidValue, Unsupported};
    let server =
        r#"{"id":"s1","remark":"b","serverHost":"a.test","serverPort":1,"password":"p","encryptMethod":"aes-256-gcm"}"#;
    let config = format!(
        r#""config":[{server},{{"id":"g1","name":"mine","type":"group","url":"https://h.test/x","servers":[{server}]}}]"#
    );
    let file = |settings: &str| format!(r#"{{{config},"settings":{{{settings}}}}}"#);
    let id = id_of_server();
    check(
        &file(
            r#""selectedServer":"s1","serverMode":"cluster","clusterId":"g1","mode":"PAC","localPort":1085,"pacPort":1090,
            "loadBalance":{"enable":true,"count":5,"strategy":"MINIMUM_CONNECTION"},"httpProxy":{"enable":true,"port":1095},
            "gfwListUrl":"https://h.test/gfwlist.txt","acl":{"enable":true,"url":"/etc/x.acl"},"autoLaunch":true,"autoHide":false,
            "lang":"en-US","darkMode":true,"autoTheme":false,"verbose":true,"fixedMenu":false"#,
        ),
        &[
            ("gateway.listen", "127.0.0.1:1085"),
            ("mode", "pac"),
            ("gateway.http_listen", "127.0.0.1:1095"),
            ("pac.url", "https://h.test/gfwlist.txt"),
            ("node", &id),
            ("cluster.on", "true"),
            ("cluster.group", "mine"),
            ("cluster.size", "5"),
            ("cluster.strategy", "least-connections"),
            ("window.theme", "dark"),
            ("tray.silent_start", "false"),
            ("language", "en"),
            ("rules.acl", "/etc/x.acl"),
        ],
        &[("autoLaunch", InTheTray), ("pacPort", Unsupported), ("verbose", Unsupported)],
    );
    check(
        &file(
            r#""serverMode":"single","mode":"Manual","loadBalance":{"enable":false,"count":3,"strategy":"POLLING"},"lang":"fr-FR""#,
        ),
        &[("mode", "manual"), ("cluster.on", "false")],
        &[("lang", InvalidValue)],
    );
    assert_eq!(read(&file("")).subscriptions, [("mine".to_owned(), "https://h.test/x".into())]);
}

#[test]
fn other_texts_have_no_settings() {
    for text in ["", "ss://x", "[]", "{}", "{\"servers\":[],\"localPort\":1}", "{\"configs\":1}", "{\"configs\":[", "5"]
    {
        assert_eq!(read(text), ConvertedSettings::default(), "{text}");
    }
    let mut bom = "\u{feff}".to_owned();
    bom.push_str("{\"configs\":[],\"localPort\":1081}\r\n");
    assert_eq!(told(&bom).0, [("gateway.listen", "127.0.0.1:1081".to_owned())]);
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~\u{1b}\n]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("enable|count|strategy|url|id|name|port|[a-z]{1,4}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

const NAMES: &str = "index|strategy|global|enabled|shareOverLan|localPort|onlineConfigSource|userAgent|sysProxyMode|random|\
    balanceAlgorithm|TTL|authUser|authPass|LangName|serverSubscribes|mode|httpProxy|gfwListUrl|loadBalance|serverMode|\
    clusterId|selectedServer|acl|autoLaunch|lang|autoTheme|hunter2[ -~]{0,9}";

proptest! {
    /// For any file: each key is one of ours and converted once, and no value is repeated in what is skipped.
    #[test]
    fn converted_keys_are_known_settings(fields in prop::collection::btree_map(NAMES, value(), 0..12)) {
        let fields = Value::Object(fields.into_iter().collect());
        let mut windows = fields.clone();
        windows["configs"] = serde_json::json!([{"id": "a"}]);
        for file in [windows, serde_json::json!({"config": [{"id": "a", "name": "b", "servers": []}], "settings": fields})] {
            let (settings, left) = told(&file.to_string());
            let keys: Vec<_> = Settings::default().listing().into_iter().map(|(key, _)| key).collect();
            let wished: Vec<_> = settings.iter().map(|(key, _)| *key).collect();
            prop_assert!(wished.iter().all(|key| keys.iter().any(|known| known == key)));
            prop_assert!(!wished.iter().any(|key| PROGRAM_KEYS.contains(key)), "no file names a program to run");
            let mut once = wished.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), wished.len());
            prop_assert!(left.iter().all(|(name, _)| is_plain(name)));
        }
    }
}
