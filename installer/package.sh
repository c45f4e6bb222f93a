#!/usr/bin/env bash
# Makes the packages of Sluice for this system, on Debian: `sluice` and `sluice-tray` as .deb files and both in a portable
# archive, with their checksums, in target/packages. Installs what that takes, and checks what it has made.
#
#   ./installer/package.sh [--no-build]
#
# --no-build takes the programs that are in target/release.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/prepare.sh

build=(cargo build --locked --release --bin sluice --bin sluice-tray)
case "${1-}" in
  "") ;;
  --no-build) build=(true) ;;
  *) fail "usage: ./installer/package.sh [--no-build]" ;;
esac

need_packages appstream binutils ca-certificates desktop-file-utils dpkg-dev gcc libc6-dev librsvg2-bin lintian systemd
need_rust

target=${CARGO_TARGET_DIR:-target}
packages=target/packages
stage=$packages/stage
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
grep --quiet "sluice (= $version-1)" Cargo.toml ||
  fail "Cargo.toml: the package sluice-tray depends on another version than $version"
rm -rf "$packages"
mkdir -p "$stage"

"${build[@]}"
PATH=$PWD/$target/tools/bin:$PATH
cargo-deb --version 2>/dev/null | grep --quiet '^cargo-deb 3\.' ||
  cargo install --locked --quiet cargo-deb --version 3.8.0 --root "$target/tools"

# What the programs say of themselves: manual pages and completions.
for program in sluice sluice-tray; do
  "$target/release/$program" generate-manual "$stage/$program"
  mv "$stage/$program/completions/$program.bash" "$stage/$program/completions/$program"
done
for size in 16 22 24 32 48 64 128 256 512; do
  mkdir -p "$stage/icons/$size"
  rsvg-convert --width "$size" --height "$size" --output "$stage/icons/$size/sluice.png" icons/on.svg
done
released=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
cat >"$stage/changelog" <<CHANGES
sluice ($version-1) unstable; urgency=medium

  * See changelog.gz beside this file.

 -- The Sluice developers <sluice-proxy@users.noreply.github.com>  $(date --utc --rfc-email --date "@$released")
CHANGES

desktop-file-validate installer/sluice.desktop
appstreamcli validate --no-net --explain installer/linux/*.metainfo.xml
for variant in "" tray; do
  # Without their debug information the programs are a fifth of the size.
  cargo deb --no-build --strip --quiet ${variant:+--variant "$variant"} --output "$packages/"
done
lintian --fail-on error --info "$packages"/*.deb

# The same files under one folder, for every other distribution.
portable=sluice-$version-linux-$(uname -m)
for package in "$packages"/*.deb; do
  dpkg-deb --extract "$package" "$stage/$portable"
done
tar --create --gzip --file "$packages/$portable.tar.gz" --owner 0 --group 0 --directory "$stage" \
  --transform "s|^$portable/usr|$portable|" "$portable/usr"

rm -rf "$stage"
(cd "$packages" && sha256sum -- *.deb *.tar.gz >SHA256SUMS)
say "made $(cd "$packages" && echo *) in $packages"
