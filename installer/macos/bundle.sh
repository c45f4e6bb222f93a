#!/usr/bin/env bash
# Creates the bundle Sluice.app from programs that were built for macOS. Runs on macOS and Debian 12; does not sign it.
#
#   ./installer/macos/bundle.sh PROGRAMS [FOLDER]     PROGRAMS contains `sluice` and `sluice-tray`

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source installer/prepare.sh

programs=${1:?usage: bundle.sh PROGRAMS [FOLDER]}
bundle=${2:-target/macos}/Sluice.app
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

rm -rf "$bundle"
mkdir -p "$bundle/Contents/MacOS" "$bundle/Contents/Resources"
cp "$programs/sluice" "$programs/sluice-tray" "$bundle/Contents/MacOS/"
sed "s/VERSION/$version/" installer/macos/Info.plist >"$bundle/Contents/Info.plist"
printf 'APPL????' >"$bundle/Contents/PkgInfo"
cp LICENSE-MIT LICENSE-APACHE licences/third-party.txt "$bundle/Contents/Resources/"

# The sizes of a macOS icon.
if command -v iconutil >/dev/null; then
  mkdir "$WORK/sluice.iconset"
  for size in 16 32 128 256 512; do
    rsvg-convert --width "$size" --height "$size" --output "$WORK/sluice.iconset/icon_${size}x$size.png" icons/on.svg
  done
  iconutil --convert icns --output "$bundle/Contents/Resources/sluice.icns" "$WORK/sluice.iconset"
else
  need_packages icnsutils librsvg2-bin
  for size in 16 32 128 256 512; do
    rsvg-convert --width "$size" --height "$size" --output "$WORK/$size.png" icons/on.svg
  done
  quietly png2icns "$bundle/Contents/Resources/sluice.icns" "$WORK"/{16,32,128,256,512}.png
fi
say "made $bundle; to be signed with installer/macos/entitlements.plist"
