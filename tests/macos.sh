#!/usr/bin/env bash
# Checks types and lints of the programs and tests for macOS on Debian 12; nothing is linked or run. Installs what is
# missing. Everything except packages is kept in the folder of installer/windows/toolchain.sh.
#
#   ./tests/macos.sh

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/prepare.sh
source installer/windows/toolchain.sh

# A C compiler that can target macOS, from PyPI.
need_zig() {
  need_packages python3 python3-venv
  zig=$windows_cache/zig
  compgen -G "$zig/lib/python3*/site-packages/ziglang/zig" >/dev/null && return
  quietly python3 -m venv "$zig"
  quietly "$zig/bin/pip" install --disable-pip-version-check ziglang
}

# macos_cargo TRIPLE VERB ARGUMENT...
macos_cargo() {
  local triple=$1 verb=$2 zig_target rust=$windows_cache/rust/usr name
  shift 2
  name=${triple//-/_}
  zig_target=${triple%%-*}-macos
  env -u RUSTUP_TOOLCHAIN -u RUSTFLAGS PATH="$PWD/tests/macos:$rust/bin:$PATH" \
    LD_LIBRARY_PATH="$rust/lib/x86_64-linux-gnu" RUSTC="$rust/bin/rustc" RUSTC_BOOTSTRAP=1 SDKROOT="$WORK" \
    ZIG="$(echo "$zig"/lib/python3*/site-packages/ziglang/zig)" ZIG_TARGET="$zig_target" \
    "CC_$name=$PWD/tests/macos/zig-cc" "CXX_$name=$PWD/tests/macos/zig-cc" "AR_$name=ar" \
    cargo "$verb" --locked -Zbuild-std=std,panic_unwind,test,proc_macro --target "$triple" \
    --target-dir "$windows_cache/target-macos" --config profile.dev.debug=false "$@"
}

check() { macos_cargo "$1" clippy --quiet "${@:2}" -- -D warnings; }

need_packages ca-certificates gcc libc6-dev
[[ -e $windows_cache/rust/unpacked ]] || { mkdir -p "$windows_cache/debs" "$windows_cache/rust" && unpack_rust; }
need_zig
for triple in aarch64-apple-darwin x86_64-apple-darwin; do
  step "$triple: programs and tests" check "$triple" --all-targets
  step "$triple: without the desktop" check "$triple" --no-default-features
done

# Checks the bundle's files, with empty files as programs.
bundle() {
  mkdir -p "$WORK/programs"
  touch "$WORK/programs/sluice" "$WORK/programs/sluice-tray"
  ./installer/macos/bundle.sh "$WORK/programs" "$WORK"
  python3 - "$WORK/Sluice.app/Contents" installer/macos/entitlements.plist <<'P'
import pathlib, plistlib, sys
contents = pathlib.Path(sys.argv[1])
info = plistlib.loads((contents / "Info.plist").read_bytes())
plistlib.loads(pathlib.Path(sys.argv[2]).read_bytes())
assert (contents / "MacOS" / info["CFBundleExecutable"]).exists(), "the bundle has no program"
assert (contents / "Resources" / (info["CFBundleIconFile"] + ".icns")).read_bytes()[:4] == b"icns", "the bundle has no icon"
assert info["CFBundleURLTypes"][0]["CFBundleURLSchemes"] == ["ss", "ssr", "ssconf"], "the bundle has no links"
assert info["CFBundleVersion"][0].isdigit(), "the bundle has no version"
P
}

step "the bundle's files" bundle
say "all passed"
