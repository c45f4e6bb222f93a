# shellcheck shell=bash
# Sourced by build.sh and tests/windows.sh, after prepare.sh: builds for Windows on Debian 12.
#
# Debian's newer Rust (`rustc-web`) is unpacked, independent of any installed Rust, and the standard library for Windows is
# built from its source, once. The linker is mingw's. Everything is kept in one folder outside the tree, which
# SLUICE_WINDOWS_CACHE overrides.

windows_cache=${SLUICE_WINDOWS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice-windows}
windows_target=x86_64-pc-windows-gnu

# need_windows_rust: installs the linker, the compiler and the standard library if they are missing.
need_windows_rust() {
  need_packages ca-certificates gcc libc6-dev gcc-mingw-w64-x86-64-win32 g++-mingw-w64-x86-64-win32 binutils-mingw-w64-x86-64
  mkdir -p "$windows_cache/debs" "$windows_cache/rust"
  [[ -e $windows_cache/rust/unpacked ]] || unpack_rust
  [[ -e $(windows_sysroot)/complete ]] || build_std
}

# Unpacked, not installed: these packages conflict with Debian's `rustc` and with `rustup`.
unpack_rust() {
  say "unpacking Debian's Rust"
  quietly as_root apt-get update
  (cd "$windows_cache/debs" && quietly apt-get download rustc-web cargo-web rust-web-src rust-web-clippy \
    libstd-rust-web-dev "$(dependency libstd-rust-web-dev libstd-rust-web-)" "$(dependency rustc-web libllvm)" \
    libgit2-1.5 libhttp-parser2.9 libmbedcrypto7 libmbedtls14 libmbedx509-1)
  local deb
  for deb in "$windows_cache"/debs/*.deb; do quietly dpkg -x "$deb" "$windows_cache/rust"; done
  touch "$windows_cache/rust/unpacked"
}

# dependency PACKAGE PREFIX: prints the name of a direct or indirect dependency, which is PREFIX and a version.
dependency() {
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$1" |
    grep -o "\\b$2[0-9][0-9.]*\\b" | sort -V | tail -n 1
}

windows_sysroot() { printf '%s' "$windows_cache/rust/usr/lib/rustlib/$windows_target/lib"; }

# Builds the standard library, including the crates for tests and procedural macros, and the two startup objects.
build_std() {
  say "building the standard library for Windows; this takes some minutes, once"
  local place source build=$windows_cache/std object
  place=$(windows_sysroot)
  source=$windows_cache/rust/usr/lib/rustlib/src/rust/library
  mkdir -p "$place" "$build/src"
  for object in rsbegin rsend; do
    RUSTC_BOOTSTRAP=1 quietly windows_run rustc --target "$windows_target" --edition 2021 --emit=obj \
      -o "$place/$object.o" "$source/rtstartup/$object.rs"
  done
  printf '[package]\nname = "nothing"\nversion = "0.1.0"\nedition = "2024"\n' >"$build/Cargo.toml"
  : >"$build/src/lib.rs"
  # Without LTO of its own, cargo leaves out the bitcode, which LTO of the released programs needs.
  printf '#!/bin/sh\nexec "$@" -C embed-bitcode=yes\n' >"$build/with-bitcode"
  chmod +x "$build/with-bitcode"
  (cd "$build" && RUSTC_BOOTSTRAP=1 RUSTC_WRAPPER=$build/with-bitcode quietly windows_run cargo build --release --target "$windows_target" \
    -Zbuild-std=std,panic_unwind,test,proc_macro --target-dir "$build/target")
  rm -f "$build/target/$windows_target"/release/deps/libnothing*
  cp "$build/target/$windows_target"/release/deps/*.rlib "$place/"
  rm -rf "$build"
  touch "$place/complete"
}

# windows_cargo VERB ARGUMENT...: runs cargo for the target. Development builds are not optimized, except scrypt, without
# which three unit tests take four minutes.
windows_cargo() {
  local verb=$1
  shift
  windows_run cargo "$verb" --locked --target "$windows_target" --target-dir "$windows_cache/target" \
    --config profile.dev.debug=false --config 'profile.dev.package."*".opt-level=0' \
    --config profile.dev.package.scrypt.opt-level=3 --config profile.dev.package.salsa20.opt-level=3 "$@"
}

# windows_run PROGRAM ARGUMENT...: runs a program with the unpacked Rust first in PATH.
windows_run() {
  local rust=$windows_cache/rust/usr
  env -u RUSTUP_TOOLCHAIN -u RUSTFLAGS PATH="$rust/bin:$PATH" LD_LIBRARY_PATH="$rust/lib/x86_64-linux-gnu" \
    RUSTC="$rust/bin/rustc" RUSTDOC="$rust/bin/rustdoc" \
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc AWS_LC_SYS_PREBUILT_NASM=1 \
    CC_x86_64_pc_windows_gnu=x86_64-w64-mingw32-gcc CXX_x86_64_pc_windows_gnu=x86_64-w64-mingw32-g++ "$@"
}

# step NAME COMMAND...: runs a command, and prints its name and duration.
step() {
  local begun=$SECONDS name=$1
  shift
  printf '\n== %s\n' "$name"
  "$@"
  printf '== %s: %s s\n' "$name" "$((SECONDS - begun))"
}
