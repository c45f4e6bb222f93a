# shellcheck shell=bash
# Sourced by demo.sh, install.sh and tests/run.sh: installs what is missing on a Debian machine.
# Prints nothing and asks for no rights if nothing is missing.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
  say "$@"
  exit 1
}

# need_packages NAME...: installs the Debian packages of these that are missing.
need_packages() {
  local missing=() name
  for name in "$@"; do
    is_installed "$name" || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || fail "this script supports Debian and its derivatives only; install the equivalents of these packages by hand: ${missing[*]}"
  say "installing ${missing[*]}"
  quietly as_root apt-get update
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# Shows the output of a command only if it fails.
quietly() {
  "$@" >"$WORK/output" 2>&1 && return
  cat "$WORK/output" >&2
  fail "failed: $*"
}

is_installed() {
  command -v dpkg-query >/dev/null && [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root: run it as root, or install sudo"
  fi
}

# need_rust COMPONENT...: installs Rust with rustup if cargo is missing or older than Cargo.toml requires.
need_rust() {
  local wanted
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  is_recent "$(rust_version)" "$wanted" || install_rust "$wanted"
  local component
  for component in "$@"; do
    # The command of `rustfmt` is `cargo fmt`.
    cargo "${component/rust/}" --version >/dev/null 2>&1 || quietly rustup component add "$component"
  done
}

rust_version() { cargo --version 2>/dev/null | cut -d ' ' -f 2; }

# is_recent HAVE WANT: whether version HAVE is WANT or newer.
is_recent() { [[ -n $1 && $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# Exactly the required toolchain, for this run only: the default of an existing rustup stays.
install_rust() {
  local wanted=$1
  export RUSTUP_TOOLCHAIN=$wanted RUSTUP_INIT_SKIP_PATH_CHECK=yes
  is_recent "$(rust_version)" "$wanted" && return
  say "installing Rust $wanted with rustup"
  if ! command -v rustup >/dev/null; then
    need_packages ca-certificates curl
    local place
    place="https://static.rust-lang.org/rustup/dist/$(uname -m)-unknown-linux-gnu/rustup-init"
    fetch "$place" >"$WORK/rustup-init" || fail "cannot download rustup from $place"
    [[ $(sha256sum <"$WORK/rustup-init" | first_word) == "$(fetch "$place.sha256" | first_word)" ]] ||
      fail "checksum mismatch: $place"
    chmod +x "$WORK/rustup-init"
    quietly "$WORK/rustup-init" -y --no-modify-path --profile minimal --default-toolchain "$wanted"
  else
    quietly rustup toolchain install "$wanted" --profile minimal
  fi
}

fetch() { curl --proto '=https' --tlsv1.2 --silent --show-error --fail --location "$1"; }

first_word() { cut -d ' ' -f 1; }

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
