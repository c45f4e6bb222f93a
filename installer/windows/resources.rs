//! The build script: gives the programs for Windows an icon, a version and a manifest. Does nothing for other systems.

#![expect(clippy::print_stdout, reason = "build scripts communicate with cargo on stdout")]

use std::env::var;

fn main() {
    for file in ["installer/windows/sluice.rc", "installer/windows/sluice.manifest", "icons/sluice.ico"] {
        println!("cargo:rerun-if-changed={file}");
    }
    if var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "windows") {
        compile();
    }
}

fn compile() {
    let part = |name: &str| var(format!("CARGO_PKG_VERSION_{name}")).unwrap_or_else(|_| "0".into());
    let numbers = format!("VERSION_NUMBERS={},{},{},0", part("MAJOR"), part("MINOR"), part("PATCH"));
    // GNU's compiler hands it to a shell.
    let quote = if var("CARGO_CFG_TARGET_ENV").is_ok_and(|kind| kind == "gnu") { "\\\"" } else { "\"" };
    let text = format!("VERSION_TEXT={quote}{}{quote}", var("CARGO_PKG_VERSION").unwrap_or_default());
    let script = "installer/windows/sluice.rc";
    let programs = if var("CARGO_FEATURE_DESKTOP").is_ok() { &["sluice", "sluice-tray"][..] } else { &["sluice"] };
    let compiled = embed_resource::compile_for(script, programs, [numbers, text]);
    compiled.manifest_required().expect("the resources can be compiled");
}
