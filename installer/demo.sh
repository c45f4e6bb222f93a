#!/usr/bin/env bash
# Demonstrates Sluice on a fresh Debian 12 machine: installs what is missing (packages; Rust if cargo is missing or
# too old), builds the program without a desktop and runs its demonstration, all on this machine alone.
#
#   ./installer/demo.sh [--nodes N] [--seconds S] [--json]

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/prepare.sh

# A C compiler and the C library's headers: the ciphers are written in C and assembly.
need_packages ca-certificates gcc libc6-dev
need_rust

# Given explicitly, so that another target folder in the user's cargo configuration does not matter.
target=${CARGO_TARGET_DIR:-target}
program=$target/demo/sluice
# The first build takes minutes and shows its progress; later ones are quiet.
quiet=()
if [[ -x $program ]]; then quiet=(--quiet); else say "building; this takes some minutes the first time"; fi
cargo build "${quiet[@]}" --locked --profile demo --no-default-features --bin sluice --target-dir "$target"

"$program" demo "$@"
