#!/usr/bin/env bash
# Builds the programs for Windows on Debian 12 and tests them under Wine: lints, unit tests, integration tests with real
# servers, the tray and the window, the installer. Installs what is missing. Compiler, standard library, build output and
# the Wine prefix are kept outside the tree (see installer/windows/toolchain.sh).
#
#   ./tests/windows.sh [STEP...]
#
# Steps: lints, units, programs, scenes, desktop, installer; all of them by default.

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

units() { CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine windows_cargo test --lib; }

programs() {
  ./installer/windows/build.sh "$output"
  ls -l "$output" "$output/programs"
  cp "$output"/programs/*.exe "$WORK/programs/"
  cp "$output/programs/sluice.png" "$WORK/programs/"
  x86_64-w64-mingw32-gcc -O2 -o "$WORK/programs/ss-local.exe" tests/windows/ss-local.c -lws2_32
  x86_64-w64-mingw32-gcc -O2 -o "$WORK/programs/taskbar.exe" tests/windows/taskbar.c
  replace_icon_query "$WORK/programs/sluice-tray.exe"
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

with_resources() {
  local kind
  for kind in icon version manifest; do
    wrestool --list "$1" | grep -q "$(resource_type "$kind")" || fail "$1 has no $kind"
  done
}

resource_type() {
  case $1 in
    icon) echo 'type=14' ;;
    version) echo 'type=16' ;;
    manifest) echo 'type=24' ;;
  esac
}

scenes() { SLUICE_PROGRAMS=$WORK/programs SLUICE_PICTURES=$pictures python3 "tests/windows/$1.py"; }

steps=("$@")
need_windows_rust
need_wine
need_packages icoutils python3
mkdir -p "$pictures" "$WORK/programs"
start_screen
trap 'wineserver --kill 2>/dev/null; kill "$screen" 2>/dev/null; rm -rf "$WORK"' EXIT

wanted lints && step lints lints
wanted units && step "unit tests under Wine" units
step programs programs
wanted scenes && step "command line, gateway, children, system proxy" scenes scenes
wanted desktop && step "tray and window" scenes desktop
wanted installer && SLUICE_INSTALLER=$(echo "$output"/*-setup.exe) step installer scenes installer
say "all passed; pictures are in $pictures"
