//! The rules in use: read from their files, applied by the gateway, written as a PAC script.
//!
//! The access list decides first. If none of its entries matches, the rules of the PAC script decide if the gateway
//! applies them, otherwise the access list's default.

use std::path::Path;
use std::sync::Arc;

use super::text;
use crate::model::route::{
    BadLine, ExplainedRoute, Route, RouteDecision, Routes, RoutingConfig, RulePlace, RuleSource,
};
use crate::model::settings::{ExpectedValue, InvalidValue, Pac, Settings};
use crate::model::why::RuleTestResult;
use crate::model::{Cause, Fault, FaultCode, SystemError, Target};
use crate::os::paths::Paths;
use crate::rules::acl::Acl;
use crate::rules::pac::{self, Fallback};
use crate::rules::{Decision, LayeredRules, RequestUrl, RuleAction, RuleList, fetched};

/// All rules in use.
#[derive(Debug, Default)]
pub(in crate::engine) struct RuleEngine {
    rules: LayeredRules,
    at_gateway: bool,
    acl: Option<(Acl, String)>,
}

impl RuleEngine {
    /// Reads the files that the settings name.
    ///
    /// # Errors
    /// One exists, or is named, and is unreadable or invalid.
    pub(in crate::engine) fn read(settings: &Settings, paths: &Paths) -> Result<Self, Fault> {
        let user = RuleList::parse(&text(&paths.rules())?.unwrap_or_default());
        if let Some(skipped) = user.skipped().first() {
            let file = paths.rules().display().to_string();
            return Err(bad_line(file, skipped.clone()));
        }
        let acl = settings.rules.acl.as_deref().map(access_list).transpose()?;
        let list = list(&paths.list())?;
        let lines = list.not_in_script();
        if !lines.is_empty() {
            tracing::warn!(?lines, "rules of the downloaded list are too complex for the PAC script and were skipped");
        }
        Ok(Self {
            rules: LayeredRules { user: user.into(), list: list.into() },
            at_gateway: settings.rules.at_gateway,
            acl,
        })
    }

    /// The gateway's routing configuration.
    pub(in crate::engine) fn routing(self: &Arc<Self>, pac: &Pac) -> RoutingConfig {
        let fallback = if pac.direct_when_down { Fallback::Direct } else { Fallback::None };
        let is_asked = self.at_gateway || self.acl.is_some();
        let routes = is_asked.then(|| Arc::clone(self) as Arc<dyn Routes>);
        let shared = LayeredRules { user: Arc::default(), list: Arc::clone(&self.rules.list) };
        RoutingConfig {
            routes,
            script: pac::script(&self.rules, fallback).into(),
            shared_script: pac::script(&shared, fallback).into(),
        }
    }

    /// The routes of a URL, in the PAC script and at the gateway, and its target.
    ///
    /// # Errors
    /// The URL is invalid.
    pub(in crate::engine) fn test(&self, url: &str) -> Result<(RuleTestResult, Target), Fault> {
        let wrong =
            || Fault::of(FaultCode::BadMessage, Cause::Setting(InvalidValue::new(url, ExpectedValue::AddressOrHost)));
        let asked = RequestUrl::parse(url).ok_or_else(wrong)?.as_browsers_ask();
        let script = self.rules.decide(&asked);
        let target = asked.target().ok_or_else(wrong)?;
        let gateway = self.explain_route(&target, Some(asked.as_str()).filter(|_| url.contains("://")));
        Ok((RuleTestResult { script: self.explain(route_decision(script)), gateway }, target))
    }

    /// Number of rules in the downloaded list.
    pub(in crate::engine) fn list_len(&self) -> usize {
        self.rules.list.len()
    }

    /// The route of a connection at the gateway, and the rule that chose it.
    pub(in crate::engine) fn explain_route(&self, target: &Target, url: Option<&str>) -> ExplainedRoute {
        self.explain(self.decide(target, url))
    }

    fn explain(&self, decision: RouteDecision) -> ExplainedRoute {
        let text = decision.rule.and_then(|place| self.text(place)).unwrap_or_default().to_owned();
        ExplainedRoute { route: decision.route, rule: decision.rule, text }
    }

    fn text(&self, place: RulePlace) -> Option<&str> {
        match place.source {
            RuleSource::Acl => {
                let (_, text) = self.acl.as_ref()?;
                text.lines().nth((place.line as usize).checked_sub(1)?).map(str::trim)
            }
            RuleSource::BuiltIn | RuleSource::User | RuleSource::List | RuleSource::Pin | RuleSource::Door => {
                self.rules.text(place)
            }
        }
    }
}

impl Routes for RuleEngine {
    fn decide(&self, target: &Target, url: Option<&str>) -> RouteDecision {
        let listed = self.acl.as_ref().map(|(acl, _)| acl.route(target));
        let by_rules = || {
            let asked = match url {
                Some(url) => RequestUrl::parse(url),
                None => RequestUrl::of_target(target),
            };
            asked.map(|asked| route_decision(self.rules.decide(&asked)))
        };
        match listed {
            Some(decision) if decision.rule.is_some() || !self.at_gateway => decision,
            rest => {
                let asked = if self.at_gateway { by_rules() } else { None };
                asked.or(rest).unwrap_or(RouteDecision { route: Route::Pool, rule: None })
            }
        }
    }
}

fn route_decision(decision: Decision) -> RouteDecision {
    let route = match decision.action {
        RuleAction::Proxy => Route::Pool,
        RuleAction::Direct => Route::Direct,
    };
    RouteDecision { route, rule: decision.rule }
}

fn access_list(path: &Path) -> Result<(Acl, String), Fault> {
    let name = path.display().to_string();
    let missing = || Fault::of(FaultCode::File, Cause::At { place: name.clone(), why: SystemError::Missing });
    let text = text(path)?.ok_or_else(missing)?;
    let acl = Acl::parse(&text).map_err(|bad| bad_line(name, bad))?;
    Ok((acl, text))
}

/// The downloaded list. A corrupt one counts as missing: it can be downloaded again.
fn list(path: &Path) -> Result<RuleList, Fault> {
    let Some(text) = text(path)? else { return Ok(RuleList::default()) };
    match fetched::text(text.as_bytes()) {
        Ok(text) => Ok(RuleList::parse(&text)),
        Err(error) => {
            tracing::warn!(%error, "the downloaded list is not used");
            Ok(RuleList::default())
        }
    }
}

fn bad_line(file: String, BadLine { line, reason }: BadLine) -> Fault {
    Fault::of(FaultCode::BadRules, Cause::Line { file, line, why: reason })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn engine(change: impl Fn(&mut Settings), files: &[(&str, &str)]) -> Result<RuleEngine, Fault> {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::find(Some(home.path())).unwrap();
        paths.create().unwrap();
        let mut settings = Settings::default();
        for (name, text) in files {
            let path = match *name {
                "rules" => paths.rules(),
                "list" => paths.list(),
                other => home.path().join(other),
            };
            settings.rules.acl = (*name == "acl").then(|| path.clone()).or(settings.rules.acl);
            fs::write(path, text).unwrap();
        }
        change(&mut settings);
        RuleEngine::read(&settings, &paths)
    }

    const LIST: &str = "[AutoProxy]\n||listed.example\n||both.example\n";
    const ACL: &str = "[proxy_all]\n[bypass_list]\n||both.example\n[outbound_block_list]\n||never.example\n";

    fn route(engine: &RuleEngine, host: &str) -> (Route, String) {
        let ruling = engine.explain_route(&Target::from_host(host, 443).unwrap(), None);
        (ruling.route, ruling.text)
    }

    #[test]
    fn the_access_list_decides_before_the_rules() {
        let files = [("rules", "||mine.example\n"), ("list", LIST), ("acl", ACL)];
        let acl_alone = engine(|_| {}, &files).unwrap();
        assert_eq!(route(&acl_alone, "both.example"), (Route::Direct, "||both.example".into()));
        assert_eq!(route(&acl_alone, "www.never.example").0, Route::Block);
        assert_eq!(route(&acl_alone, "unlisted.example"), (Route::Pool, String::new()));

        let both = engine(|settings| settings.rules.at_gateway = true, &files).unwrap();
        assert_eq!(route(&both, "both.example").0, Route::Direct);
        assert_eq!(route(&both, "mine.example"), (Route::Pool, "||mine.example".into()));
        assert_eq!(route(&both, "unlisted.example").0, Route::Direct);

        let without = engine(|_| {}, &files[..2]).unwrap();
        assert_eq!(route(&without, "unlisted.example").0, Route::Pool);
        assert!(Arc::new(without).routing(&Pac::default()).routes.is_none(), "without rules there is no rule engine");
    }

    #[test]
    fn the_shared_script_omits_the_users_rules() {
        let engine = engine(|_| {}, &[("rules", "||mine.example\n"), ("list", LIST)]).unwrap();
        let routing = Arc::new(engine).routing(&Pac::default());
        let tells = |script: &str| ["mine.example", "listed.example"].map(|rule| script.contains(rule));
        assert_eq!(tells(&routing.script), [true, true]);
        assert_eq!(tells(&routing.shared_script), [false, true]);
    }

    #[test]
    fn a_browser_and_the_gateway_may_differ() {
        let engine = engine(|_| {}, &[("list", LIST)]).unwrap();
        let (ruled, _) = engine.test("http://unlisted.example/x").unwrap();
        assert_eq!((ruled.script.route, ruled.gateway.route), (Route::Direct, Route::Pool));
        assert_eq!(engine.test("www.listed.example:8080").unwrap().0.script.text, "||listed.example");
        assert_eq!(engine.test("http://").unwrap_err().code, FaultCode::BadMessage);
    }

    #[test]
    fn a_broken_file_is_named() {
        let fault = |files: &[_]| engine(|_| {}, files).unwrap_err();
        let broken = fault(&[("acl", "[bypass_list]\n10.0.0.0/99\n")]);
        assert_eq!(broken.code, FaultCode::BadRules);
        assert!(broken.to_string().ends_with("acl, line 2: invalid network: 10.0.0.0/99"), "{broken}");
        assert!(fault(&[("rules", "||a.example\n/(/\n")]).to_string().contains("rules.txt, line 2: "));
        let missing = engine(|settings| settings.rules.acl = Some("/nowhere/x.acl".into()), &[]).unwrap_err();
        assert_eq!(missing.code, FaultCode::File);
        assert!(engine(|_| {}, &[("list", "<html>")]).unwrap().rules.list.is_empty());
    }
}
