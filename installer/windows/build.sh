#!/usr/bin/env bash
# Builds the programs for Windows on Debian 12, and from them the installer and a portable archive. Installs what is
# missing.
#
#   ./installer/windows/build.sh [FOLDER]     by default target/windows

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source installer/prepare.sh
source installer/windows/toolchain.sh

output=$(realpath --canonicalize-missing "${1:-target/windows}")
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

need_windows_rust
need_packages nsis zip

# The command line program is built without any desktop library.
say "building; this takes some minutes the first time"
windows_cargo build --release --quiet --bin sluice-tray
mkdir -p "$output/programs"
cp "$windows_cache/target/$windows_target/release/sluice-tray.exe" "$output/programs/"
windows_cargo build --release --quiet --bin sluice --no-default-features
cp "$windows_cache/target/$windows_target/release/sluice.exe" "$output/programs/"
x86_64-w64-mingw32-strip "$output"/programs/*.exe

# The licences, with Windows line endings.
for text in LICENSE-MIT LICENSE-APACHE; do sed 's/$/\r/' "$text" >"$output/programs/$text.txt"; done
sed 's/$/\r/' licences/third-party.txt >"$output/programs/third-party.txt"
cp icons/64/on.png "$output/programs/sluice.png"

quietly makensis -V2 "-DVERSION=$version" "-DFOLDER=$output/programs" "-DOUTPUT=$output/sluice-$version-setup.exe" \
  installer/windows/sluice.nsi

portable=$output/sluice-$version-portable
rm -rf "$portable" "$portable.zip"
cp -r "$output/programs" "$portable"
printf '@start "" "%%~dp0sluice-tray.exe" --home "%%~dp0files"\r\n' >"$portable/Sluice.cmd"
(cd "$output" && quietly zip -qr "$portable.zip" "${portable##*/}")
rm -rf "$portable"
say "created $output/sluice-$version-setup.exe and $portable.zip"
