#!/usr/bin/env bash
# Builds the programs for Windows on Debian 12 and tests them under Wine: lints, unit tests, integration tests with real
# servers, the tray and the window, the installer. Installs what is missing. Compiler, standard library, build output and
# the Wine prefix are kept outside the tree (see installer/windows/toolchain.sh).
#
#   ./tests/windows.sh [STEP...]
#
# Steps: lints, units, scenes, desktop (with programs as tests have them), release, installer, figures (with those that
# are released); all of them by default.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/prepare.sh
source installer/windows/toolchain.sh
source tests/windows/wine.sh

pictures=${SLUICE_PICTURES:-$windows_cache/pictures}
output=$windows_cache/output

wanted() { ((${#steps[@]} == 0)) || [[ " ${steps[*]} " == *" $1 "* ]]; }

# A false positive of this compiler for the target: the value is `const`.
false_positive=clippy::missing_const_for_thread_local

lints() {
  windows_cargo clippy --quiet --all-targets -- -D warnings -A "$false_positive"
  windows_cargo clippy --quiet --no-default-features -- -D warnings -A "$false_positive"
}

# Unit tests that fail under Wine 8 for its own faults (docs/platforms.md): it shuts a socket down before it closes it, so
# that the peer sees an end and no reset; and a port of 127.0.0.1 cannot be bound on 127.0.0.2 too.
wine_faults=(
  gateway::forward::tests::a_truncated_response_resets_the_client
  gateway::udp::tests::another_relay_address_is_used_only_if_allowed
)

units() { CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine windows_cargo test --lib -- "${wine_faults[@]/#/--skip=}"; }

# Without optimization, and from the objects that the unit tests have built already.
programs() {
  windows_cargo build --quiet
  local built=$windows_cache/target/$windows_target/debug
  cp "$built/sluice.exe" "$built/sluice-tray.exe" icons/64/on.png "$programs/"
  mv "$programs/on.png" "$programs/sluice.png"
  x86_64-w64-mingw32-gcc -O2 -o "$programs/ss-local.exe" tests/windows/ss-local.c -lws2_32
  x86_64-w64-mingw32-gcc -O2 -o "$programs/taskbar.exe" tests/windows/taskbar.c
  replace_icon_query "$programs/sluice-tray.exe"
}

release() {
  ./installer/windows/build.sh "$output"
  ls -l "$output" "$output/programs"
  without_gui "$output/programs/sluice.exe"
  with_resources "$output/programs/sluice.exe"
  with_resources "$output/programs/sluice-tray.exe"
}

# Wine does not report the position of a tray icon, without which clicks on it are ignored. In the tested copy the import is
# replaced by another function, which returns success; the menu then opens at the pointer.
replace_icon_query() {
  python3 - "$1" <<'P'
import pathlib, sys
program = pathlib.Path(sys.argv[1])
old, new = b"Shell_NotifyIconGetRect\0", b"SHGetMalloc\0"
text = program.read_bytes()
assert old in text
program.write_bytes(text.replace(old, new.ljust(len(old), b"\0")))
P
}

# The command line program must start on a system without a desktop.
without_gui() {
  local found
  found=$(x86_64-w64-mingw32-objdump -p "$1" | grep -iE 'DLL Name: (opengl32|d3d|dxgi|dwmapi|gdi32|comctl32|uxtheme|imm32|dwrite)' || true)
  [[ -z $found ]] || fail "$1 imports libraries of the desktop: $found"
}

# Icon, version, and what the manifest says of high resolutions, texts and paths.
with_resources() {
  local listed manifest kind word
  listed=$(wrestool --list "$1")
  for kind in 14 16 24; do [[ $listed == *"--type=$kind "* ]] || fail "$1 has no resource of type $kind"; done
  manifest=$(wrestool --extract --raw --type=24 "$1")
  for word in PerMonitorV2 UTF-8 longPathAware; do [[ $manifest == *"$word"* ]] || fail "$1: no $word in its manifest"; done
}

# scenes FILE FOLDER: runs the tests of a file with the programs of a folder.
scenes() { SLUICE_PROGRAMS=$2 SLUICE_PICTURES=$pictures python3 "tests/windows/$1.py"; }

installed() {
  SLUICE_INSTALLER=$(echo "$output"/*-setup.exe) SLUICE_PORTABLE=$(echo "$output"/*-portable.zip) \
    scenes installer "$output/programs"
}

figures() {
  local released=$WORK/released
  mkdir -p "$released"
  cp "$output"/programs/*.exe "$released/"
  x86_64-w64-mingw32-gcc -O2 -o "$released/nothing.exe" -x c - <<<'int main(void) { return 0; }'
  scenes figures "$released"
}

# Wine and a screen, which the lints and the release build do not need.
start_wine() {
  need_wine
  start_screen
  trap 'wineserver --kill 2>/dev/null || true; kill "$screen" 2>/dev/null || true; rm -rf "$WORK"' EXIT
}

steps=("$@")
programs=$WORK/programs
mkdir -p "$pictures" "$programs"
need_windows_rust
need_packages icoutils python3
for name in units scenes desktop installer figures; do
  if wanted "$name"; then
    start_wine
    break
  fi
done

wanted lints && step lints lints
wanted units && step "unit tests under Wine" units
if wanted scenes || wanted desktop; then step programs programs; fi
wanted scenes && step "command line, gateway, children, system proxy" scenes scenes "$programs"
wanted desktop && step "tray and window" scenes desktop "$programs"
wanted release && step "released programs, installer, portable archive" release
wanted installer && step "installation and removal" installed
wanted figures && step figures figures
say "all passed; pictures are in $pictures"
