#!/usr/bin/env bash
# Builds Sluice and installs it for this user: the programs `sluice` and `sluice-tray`, the desktop entry and the
# icon, in ~/.local. On Debian it installs what the build needs (packages; Rust if cargo is missing or too old).
#
#   ./installer/install.sh [--headless]
#
# --headless installs `sluice` only, for a machine without a desktop. PREFIX overrides ~/.local.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/prepare.sh

prefix=${PREFIX:-$HOME/.local}
case "${1-}" in
  "") features=() programs=(sluice sluice-tray) ;;
  --headless) features=(--no-default-features) programs=(sluice) ;;
  *) fail "usage: ./installer/install.sh [--headless]" ;;
esac

# A C compiler and the C library's headers: the ciphers are written in C and assembly.
need_packages ca-certificates gcc libc6-dev
need_rust

# Given explicitly, so that another target folder in the user's cargo configuration does not matter.
target=${CARGO_TARGET_DIR:-target}
say "building; this takes some minutes the first time"
cargo build --locked --release "${features[@]}" "${programs[@]/#/--bin=}" --target-dir "$target"

# Stripping reduces the programs to a fifth of their size.
for program in "${programs[@]}"; do
  install -D --strip "$target/release/$program" "$prefix/bin/$program"
done
if [[ " ${programs[*]} " == *" sluice-tray "* ]]; then
  install -D -m 644 icons/on.svg "$prefix/share/icons/hicolor/scalable/apps/sluice.svg"
  install -D -m 644 installer/sluice.desktop "$prefix/share/applications/sluice.desktop"
  # A session that began before ~/.local/bin existed does not have it in its PATH.
  sed -i "s|^Exec=sluice-tray |Exec=$prefix/bin/sluice-tray |" "$prefix/share/applications/sluice.desktop"
fi

say "installed ${programs[*]} in $prefix/bin"
case ":$PATH:" in
  *":$prefix/bin:"*) ;;
  *) say "it is not in your PATH yet; in this shell: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
