//! Every command line of the contract, and what is a usage error.

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::*;

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_line_is_parsed() {
    for line in [
        "serve",
        "serve --listen 127.0.0.1:0",
        "--home /x status",
        "status --json --watch --home /x",
        "connect",
        "connect Tokyo",
        "disconnect",
        "connections",
        "connections --json --watch",
        "connections a.example --program curl --node Tokyo --open",
        "connections close 3 17",
        "connections close a.example --program curl",
        "connections close --all --json",
        "cluster on",
        "cluster on --group g --size 3 --strategy least-cpu",
        "cluster off",
        "mode pac",
        "import -",
        "import ss://x",
        "nodes --json",
        "node",
        "node show a",
        "node edit a --name n --weight 2 --tier 1 --excluded true --group g",
        "node remove a",
        "node exclude a",
        "node exclude a --undo",
        "share a",
        "share a b --sip008",
        "share a --qr a.png",
        "share a --qr -",
        "share --group g --sip008",
        "scan a.png",
        "scan --screen --preview",
        "scan --clipboard",
        "import - --preview",
        "backup a",
        "backup a --password -",
        "backup a --password",
        "restore a --preview --password -",
        "restore a --yes",
        "restore a --programs --yes",
        "restore --undo",
        "test",
        "test a b",
        "rules test http://a.example/x",
        "rules test a.example --program curl",
        "why a.example --program curl",
        "why a.example --door jp",
        "door add jp --listen 127.0.0.1:1081 --country JP --strategy fastest",
        "door add one --node a --else country",
        "door add work --group g",
        "door list --json",
        "door edit jp --name us --listen 127.0.0.1:1082",
        "door remove jp",
        "rules reload",
        "pac update",
        "subscription add https://a.example/x --name a --every 12 --preview",
        "subscription add -",
        "subscription list --json",
        "subscription update",
        "subscription update a",
        "subscription edit a --name b --url - --every 0",
        "subscription remove a",
        "set cluster.size 3",
        "set gateway.login -",
        "set cluster.size -3",
        "get",
        "get cluster.size",
        "diagnose report.txt",
        "diagnose -",
        "events -f",
        "logs --follow -n 5",
    ] {
        let words = std::iter::once("sluice").chain(line.split(' '));
        assert!(Cli::try_parse_from(words).is_ok(), "{line}");
    }
}

#[test]
fn an_invalid_command_line_is_a_usage_error() {
    for line in [
        "",
        "fly",
        "serve --listen nowhere",
        "cluster",
        "cluster on --strategy best",
        "door",
        "door add",
        "door add jp --country JP --node a",
        "cluster on --size many",
        "mode fast",
        "import",
        "node fly",
        "node edit a",
        "subscription",
        "subscription add",
        "subscription edit a",
        "subscription remove",
        "share",
        "share a --group g",
        "share a --sip008 --qr -",
        "scan",
        "scan a.png --screen",
        "backup",
        "backup a --password hunter2",
        "restore",
        "restore a --undo",
        "set cluster.size",
        "logs -n x",
    ] {
        let words = std::iter::once("sluice").chain(line.split(' ').filter(|word| !word.is_empty()));
        let error = Cli::try_parse_from(words).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
    }
    let help = Cli::try_parse_from(["sluice", "--help"]).unwrap_err();
    assert_eq!((help.kind(), help.exit_code()), (ErrorKind::DisplayHelp, 0));
}

/// Every verb that is shown, with those below it: `sluice-node-show`.
fn verbs(command: &clap::Command, name: &str, found: &mut Vec<(String, String)>) {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let name = format!("{name}-{}", verb.get_name());
        verbs(verb, &name, found);
        found.push((name, verb.get_about().expect("every verb has a description").to_string()));
    }
}

#[test]
fn every_verb_has_a_manual_page_and_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    crate::manual::write(Cli::command(), folder.path()).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let mut found = Vec::new();
    verbs(&Cli::command(), "sluice", &mut found);
    assert!(found.len() > 20, "{found:?}");
    let plain = |text: &str| text.replace(r"\*(Aq", "'").replace('\\', "");
    let whole = plain(&read("man/sluice.1"));
    for (name, about) in found {
        let page = plain(&read(&format!("man/{name}.1")));
        assert!(page.contains(&about), "{name}: {page}");
        if name.matches('-').count() == 1 {
            assert!(whole.contains(&format!("{name}(1)")), "{name}");
        }
        let verb = name.rsplit('-').next().unwrap();
        for file in ["sluice.bash", "_sluice", "sluice.fish"] {
            assert!(read(&format!("completions/{file}")).contains(verb), "{file} completes {name}");
        }
    }
    for hidden in ["sluice-lease-watch", "sluice-help", "sluice-node-help"] {
        assert!(!folder.path().join(format!("man/{hidden}.1")).exists(), "hidden verbs have no page: {hidden}");
    }
}
