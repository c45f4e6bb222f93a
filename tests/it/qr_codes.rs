//! QR codes from other programs and for them: `qrencode` writes, ImageMagick transforms, `zbarimg` reads.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sluice::model::ssr::{Method, Obfs, Protocol};
use sluice::model::{Kind, Login, Node, Plugin, Ssr, link};
use sluice::qr;

use crate::counterparts::{Origin, V4, missing};
use crate::engine::Engine;

/// The programs that write, transform and read pictures, and a folder for the pictures.
pub struct ImageTools(tempfile::TempDir);

impl ImageTools {
    /// `None` if one of the programs is missing.
    pub fn find() -> Option<Self> {
        let is_ready = !["qrencode", "convert", "zbarimg"].into_iter().any(missing);
        is_ready.then(|| Self(tempfile::tempdir().unwrap()))
    }

    fn place(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a code with `qrencode`, with `module` pixels per module.
    pub fn code(&self, text: &str, module: u32) -> PathBuf {
        let file = self.place(&format!("{}-{module}.png", text.len()));
        run("qrencode", &["-s", &module.to_string(), "-o", path(&file), text]);
        file
    }

    /// Runs ImageMagick's `convert` with these arguments.
    pub fn convert(&self, name: &str, args: &[&str]) -> PathBuf {
        let file = self.place(name);
        run("convert", &[args, &[path(&file)]].concat());
        file
    }
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}

#[track_caller]
fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn check(file: &Path, texts: &[&str]) {
    let mut seen = qr::texts_in_file(&std::fs::read(file).unwrap()).unwrap();
    seen.sort();
    assert_eq!(seen, texts, "in {}", file.display());
}

const LINK: &str =
    "ss://Y2hhY2hhMjAtaWV0Zi1wb2x5MTMwNTpjb3JyZWN0LWhvcnNl@example.com:8388/?plugin=obfs-local%3Bobfs%3Dhttp#Tokyo";

#[test]
fn codes_of_another_program_are_read_in_any_orientation() {
    let Some(tools) = ImageTools::find() else { return };
    let plain = tools.code(LINK, 6);
    check(&plain, &[LINK]);
    for degrees in ["7", "30", "45", "90", "180", "260"] {
        let turned = tools.convert(&format!("turned-{degrees}.png"), &[path(&plain), "-rotate", degrees]);
        check(&turned, &[LINK]);
    }
    check(&tools.convert("negative.png", &[path(&plain), "-negate"]), &[LINK]);
    check(&tools.convert("mirrored.png", &[path(&plain), "-flop"]), &[LINK]);
    check(&tools.convert("photo.jpg", &[path(&plain), "-blur", "0x1", "-quality", "40"]), &[LINK]);
    check(&tools.convert("see-through.png", &[path(&plain), "-transparent", "white"]), &[LINK]);
    check(&tools.convert("pale.gif", &[path(&plain), "+level-colors", "#777,#bbb"]), &[LINK]);
}

#[test]
fn codes_of_one_and_a_half_pixels_per_module_are_read() {
    let Some(tools) = ImageTools::find() else { return };
    for text in [LINK, &format!("ss://{}@h.example:1", "a1b2".repeat(40)), "socks5://h.example:1080"] {
        let (large, one) = (tools.code(text, 8), tools.code(text, 1));
        let modules: f64 = run("identify", &["-format", "%w", path(&one)]).parse().unwrap();
        let size = format!("{}x", (modules * 1.5).round());
        for filter in ["Lanczos", "Triangle", "Mitchell"] {
            let small = tools.convert("small.png", &[path(&large), "-filter", filter, "-resize", &size]);
            check(&small, &[text]);
            let dark = tools.convert("dark.png", &[path(&small), "-negate"]);
            check(&dark, &[text]);
        }
    }
}

#[test]
fn three_codes_in_one_picture_are_imported_as_three_nodes() {
    let Some(tools) = ImageTools::find() else { return };
    let links = ["socks5://one.example:1080#one", "socks5://two.example.org:1080#two", LINK];
    let codes = [(links[0], 6), (links[1], 3), (links[2], 4)].map(|(text, module)| tools.code(text, module));
    let [one, two, three] = &codes;
    let row = tools.convert(
        "row.png",
        &[
            path(one),
            "(",
            path(two),
            "-background",
            "white",
            "-rotate",
            "20",
            ")",
            "(",
            path(three),
            "-negate",
            "-bordercolor",
            "black",
            "-border",
            "30",
            ")",
            "-background",
            "gray",
            "+append",
        ],
    );
    check(&row, &links);

    let engine = Engine::start(&Origin::start(V4));
    let rows: Value = engine.json(&["scan", "--preview", path(&row)]);
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert!(rows.as_array().unwrap().iter().all(|row| row["found"] == "new"), "{rows}");
    assert!(engine.nodes().is_empty());
    let report: Value = engine.json(&["scan", path(&row)]);
    assert_eq!(report["added"].as_array().unwrap().len(), 3);
    let mut names: Vec<_> = engine.nodes().into_iter().map(|node| node.name).collect();
    names.sort();
    assert_eq!(names, ["Tokyo", "one", "two"]);

    let empty = tools.convert("empty.png", &["-size", "300x200", "plasma:"]);
    assert!(engine.run_err(&["scan", path(&empty)]).contains("no QR code"));
    assert!(engine.run_err(&["scan", "/nowhere.png"]).contains("cannot read /nowhere.png"));
    let text = tools.place("text.png");
    std::fs::write(&text, LINK).unwrap();
    assert!(engine.run_err(&["scan", path(&text)]).contains("not a supported picture"));
}

/// A node of each kind, with everything that a link can hold.
fn nodes() -> Vec<Node> {
    let plugin = Plugin { name: "v2ray-plugin".into(), options: r"tls;host=a\;b.example;path=/ü".into() };
    let ss = |plugin| Kind::Ss { method: "aes-256-gcm".into(), password: "p@ss:w/ö+rd".into(), plugin };
    let ssr = Ssr {
        method: Method::Aes256Cfb,
        password: "pass".into(),
        protocol: Protocol::AuthAes128Md5,
        protocol_param: "1:user".into(),
        obfs: Obfs::TlsTicketAuth,
        obfs_param: "host.example".into(),
    };
    let login = Some(Login { user: "me".into(), password: "secret".into() });
    vec![
        Node::new("plain", "192.0.2.1", 8388, ss(None)),
        Node::new("东京 🇯🇵", "2001:db8::1", 443, ss(Some(plugin))),
        Node { group: "组".into(), ..Node::new("r", "r.example", 1, Kind::Ssr(ssr)) },
        Node::new("s", "s.example", 1080, Kind::Socks5 { login }),
    ]
}

#[test]
fn our_codes_are_read_by_another_program() {
    let Some(tools) = ImageTools::find() else { return };
    let engine = Engine::start(&Origin::start(V4));
    engine.import(&nodes());
    for node in nodes() {
        let (id, link, file) = (node.id().to_string(), link::print(&node), tools.place("ours.png"));
        assert_eq!(engine.run_ok(&["share", &id, "--qr", path(&file)]), "");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(run("zbarimg", &["--quiet", "--raw", path(&file)]).trim_end(), link);

        // As drawn in the terminal: each character is two modules, one above the other.
        let drawn = engine.run_ok(&["share", &id, "--qr", "-"]);
        let file = tools.place("terminal.pbm");
        std::fs::write(&file, bitmap(&drawn)).unwrap();
        let large = tools.convert("terminal.png", &[path(&file), "-scale", "400%"]);
        assert_eq!(run("zbarimg", &["--quiet", "--raw", path(&large)]).trim_end(), link);
    }
    let usage = engine.run(&["share", "plain", "r", "--qr", "x.png"]);
    assert_eq!(usage.code, Some(2), "{usage:?}");
}

/// The half blocks of the terminal as a portable bitmap.
fn bitmap(drawn: &str) -> String {
    let row = |line: &str, lit: [char; 2]| -> String {
        line.chars().map(|half| if lit.contains(&half) { "0 " } else { "1 " }).collect::<String>() + "\n"
    };
    let rows: String = drawn.lines().map(|line| row(line, ['█', '▀']) + &row(line, ['█', '▄'])).collect();
    let width = drawn.lines().next().unwrap().chars().count();
    format!("P1\n{width} {}\n{rows}", drawn.lines().count() * 2)
}

#[test]
fn a_group_is_shared_and_imported_completely() {
    let engine = Engine::start(&Origin::start(V4));
    engine.import(&nodes());
    for name in ["plain", "s"] {
        engine.run_ok(&["node", "edit", name, "--group", "G"]);
    }
    let links = engine.run_ok(&["share", "--group", "G"]);
    assert_eq!(links.lines().count(), 2);
    assert_eq!(engine.run_ok(&["share", "plain", "s"]), links);
    let output = engine.run(&["share", "--group", "G", "--sip008"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1, "the node that SIP008 cannot hold is named: {output:?}");
    assert!(output.stderr.contains(nodes()[3].id().as_str()));
    assert!(engine.run_err(&["share", "--group", "nobody"]).contains("nobody"));
    assert!(engine.run_err(&["share", "--sip008", "s"]).contains("no node can be shared"));

    let other = Engine::start(&Origin::start(V4));
    let added = other.run_with(&["import", "-"], &output.stdout);
    assert_eq!(added.code, Some(0), "{added:?}");
    let (ours, theirs) = (engine.nodes(), other.nodes());
    assert_eq!((theirs.len(), &theirs[0].id, &theirs[0].group), (1, &ours[0].id, &"G".to_owned()));
    let sip008: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(sip008["servers"][0]["id"], format!("00000000-0000-8000-8000-{}", ours[0].id));
}
