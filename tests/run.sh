#!/usr/bin/env bash
# Runs every check on Debian: installs what is missing (the programs that the tests use, Rust), then checks formatting,
# lints, documentation and the build without a desktop, and runs all tests. Ends with the summary of the tests.
#
#   ./tests/run.sh

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/prepare.sh

step() { printf '\n== %s\n' "$*"; "$@"; }

# For building; then real servers, plugins and clients to test against.
need_packages ca-certificates gcc libc6-dev git
need_packages curl shadowsocks-libev shadowsocks-v2ray-plugin simple-obfs
# The desktops' own programs, and a browser that follows rules and PAC scripts.
need_packages dbus dconf-gsettings-backend gsettings-desktop-schemas libglib2.0-bin libkf5config-bin chromium libnss-wrapper procps
# For checking the units of systemd.
need_packages systemd
# Programs that exported configuration is for; sing-box is a Python package.
need_packages haproxy
# The ShadowsocksR server is a Python package that uses these.
need_packages libsodium23 python3 python3-venv
# A headless desktop for the tray: X server, session bus, notification daemon.
need_packages dbus-daemon dunst xvfb
# The window loads OpenGL and these libraries when it starts, and needs a system font for Chinese (simplified and traditional).
need_packages fonts-wqy-microhei libfontconfig1 libegl1 libgl1 libgl1-mesa-dri libxcursor1 libxi6 libxkbcommon-x11-0
# Programs that write, transform and read QR codes, use the clipboard, and open links.
need_packages imagemagick qrencode xclip xdg-utils zbar-tools
# A headless Wayland desktop, and the portal that captures its screen.
need_packages grim pipewire-bin sway swaybg xdg-desktop-portal xdg-desktop-portal-gtk xdg-desktop-portal-wlr
need_rust rustfmt clippy

# With everything installed, no test may be skipped; the tests enforce this if CI is set.
export CI=true
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

step cargo fmt --check
step cargo clippy --locked --all-targets --quiet -- -D warnings
step cargo clippy --locked --no-default-features --quiet -- -D warnings
step env RUSTDOCFLAGS=-Dwarnings cargo doc --locked --no-deps --document-private-items --quiet
step cargo build --locked --no-default-features --quiet
if cargo nextest --version >/dev/null 2>&1; then
  step cargo test --locked --doc --quiet
  step cargo nextest run --locked --no-fail-fast
else
  step cargo test --locked --no-fail-fast
fi
