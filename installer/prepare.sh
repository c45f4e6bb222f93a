# shellcheck shell=bash
# Read by demo.sh and tests/run.sh, never run by itself: gets what a fresh Debian machine lacks.
# Says nothing and asks for no rights where nothing is missing.

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
  command -v apt-get >/dev/null || fail "this script knows Debian and its relatives only; install by hand what stands for: ${missing[*]}"
  say "installing ${missing[*]}"
  as_root apt-get update -qq >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$LOG" 2>&1 ||
    { cat "$LOG" >&2; fail "apt-get could not install ${missing[*]}"; }
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

# need_rust COMPONENT...: gets Rust through rustup where cargo is absent or older than Cargo.toml wants.
need_rust() {
  local wanted
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  is_recent "$(rust_version)" "$wanted" || install_rust "$wanted"
  local component
  for component in "$@"; do
    # The command of `rustfmt` is `cargo fmt`.
    cargo "${component/rust/}" --version >/dev/null 2>&1 || rustup component add "$component" >&2
  done
}

rust_version() { cargo --version 2>/dev/null | cut -d ' ' -f 2; }

# is_recent HAVE WANT: whether version HAVE is WANT or newer.
is_recent() { [[ -n $1 && $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# Exactly the wanted toolchain, for this run only: where rustup is there already, its default stays.
install_rust() {
  local wanted=$1
  export RUSTUP_TOOLCHAIN=$wanted RUSTUP_INIT_SKIP_PATH_CHECK=yes
  is_recent "$(rust_version)" "$wanted" && return
  say "installing Rust $wanted through rustup"
  if ! command -v rustup >/dev/null; then
    need_packages ca-certificates curl
    local place
    place="https://static.rust-lang.org/rustup/dist/$(uname -m)-unknown-linux-gnu/rustup-init"
    fetch "$place" >"$WORK/rustup-init" || fail "rustup could not be fetched from $place"
    [[ $(sha256sum <"$WORK/rustup-init" | first_word) == "$(fetch "$place.sha256" | first_word)" ]] ||
      fail "rustup came damaged from $place"
    chmod +x "$WORK/rustup-init"
    "$WORK/rustup-init" -y -q --no-modify-path --profile minimal --default-toolchain "$wanted" >&2
  else
    rustup toolchain install "$wanted" --profile minimal >&2
  fi
}

fetch() { curl --proto '=https' --tlsv1.2 --silent --show-error --fail --location "$1"; }

first_word() { cut -d ' ' -f 1; }

WORK=$(mktemp -d)
LOG=$WORK/apt.log
trap 'rm -rf "$WORK"' EXIT
