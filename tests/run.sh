#!/usr/bin/env bash
# Every check there is, on Debian: installs what is missing (the programs that tests talk to, Rust), then
# style, lints, documentation, the build without a desktop, and all tests. Ends with the tests' summary.
#
#   ./tests/run.sh

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/prepare.sh

step() { printf '\n== %s\n' "$*"; "$@"; }

# What building takes; then real servers, plugins and clients to test against.
need_packages ca-certificates gcc libc6-dev git
need_packages curl shadowsocks-libev shadowsocks-v2ray-plugin simple-obfs
# The desktops' own programs, on a bus of their own, and a browser that goes by what they say.
need_packages dbus dconf-gsettings-backend gsettings-desktop-schemas libglib2.0-bin libkf5config-bin chromium libnss-wrapper procps
# The ShadowsocksR server of the tests is a Python package that calls these.
need_packages libsodium23 python3 python3-venv
# A desktop without a screen for the tray: X, a session bus, something that shows notices.
need_packages dbus-daemon dunst xvfb
# The window draws with OpenGL; what it needs is looked for when it starts. Chinese takes a font of the system's.
need_packages fonts-wqy-microhei libfontconfig1 libegl1 libgl1 libgl1-mesa-dri libxcursor1 libxi6 libxkbcommon-x11-0
# Programs that write, bend and read QR codes, put pictures on a clipboard, and open links.
need_packages imagemagick qrencode xclip xdg-utils zbar-tools
# A Wayland desktop without a screen, and the portal that shows what is on it.
need_packages grim pipewire-bin sway swaybg xdg-desktop-portal xdg-desktop-portal-gtk xdg-desktop-portal-wlr
need_rust rustfmt clippy

# With everything installed no test has a reason to be left out; the tests hold that where this is set.
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
