#!/usr/bin/env bash
# Tests the packages that ./installer/package.sh has made, each time in a new Debian system in a folder, without any
# network but its own: installs, uses, upgrades, removes and purges them. Needs root and Debian's package mirror.
#
#   ./tests/packages.sh [SUITE]…        by default: bookworm trixie
#
# PREVIOUS names a folder with the packages of the version before. Without it the same ones are used under a lower version
# number. The systems are kept in ~/.cache/sluice-packages, so that later runs download less.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source installer/prepare.sh

((EUID == 0)) || fail "this needs root, for chroot and namespaces"
packages=$PWD/target/packages
ls "$packages"/sluice_*.deb "$packages"/sluice-tray_*.deb >/dev/null 2>&1 || fail "first: ./installer/package.sh"
need_packages debootstrap dpkg-dev iproute2 util-linux

cache=${XDG_CACHE_HOME:-$HOME/.cache}/sluice-packages
mkdir -p "$cache"

# What the test itself uses in the system: servers, a headless desktop, and the programs that check files.
programs=(appstream bash-completion ca-certificates curl dbus-daemon dconf-gsettings-backend desktop-file-utils
  gsettings-desktop-schemas libglib2.0-bin man-db openssl procps python3 shadowsocks-libev xdg-utils xvfb)

# system SUITE: a tar file with a new system and these programs.
system() {
  local suite=$1 root=$WORK/new file=$cache/$1.tar
  [[ -e $file ]] && return
  say "creating a system of $suite"
  quietly debootstrap --variant=minbase "$suite" "$root"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  inside "$root" "apt-get install -y --no-install-recommends ${programs[*]} && useradd --create-home alice"
  tar --create --file "$file.new" --directory "$root" .
  mv "$file.new" "$file"
  rm -rf "$root"
}

# inside ROOT COMMAND: runs a command in a system, with the network.
inside() {
  quietly unshare --mount --pid --fork chroot "$1" \
    sh -c "export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8; mount -t proc proc /proc && $2"
}

# previous TARGET: the packages of the version before.
previous() {
  if [[ -n ${PREVIOUS-} ]]; then
    cp "$PREVIOUS"/*.deb "$1"
    return
  fi
  local package content
  for package in "$packages"/*.deb; do
    content=$WORK/content
    dpkg-deb --raw-extract "$package" "$content"
    sed -i 's/^Version: \(.*\)-1$/Version: \1~before-1/; s/sluice (= \(.*\)-1)/sluice (= \1~before-1)/' "$content/DEBIAN/control"
    # Of another build, the programs would differ.
    touch --date "2026-01-01" "$content"/usr/bin/*
    quietly dpkg-deb -Zgzip --root-owner-group --build "$content" "$1"
    rm -rf "$content"
  done
}

suites=("$@")
((${#suites[@]})) || suites=(bookworm trixie)
for suite in "${suites[@]}"; do
  system "$suite"
  root=$WORK/$suite
  mkdir -p "$root"
  tar --extract --file "$cache/$suite.tar" --directory "$root"
  mkdir -p "$root/test/before" "$root/test/new"
  previous "$root/test/before"
  cp "$packages"/*.deb "$root/test/new"
  cp README.md tests/packages/*.py "$root/test"
  say "$suite: installing"
  inside "$root" "python3 /test/files.py save && apt-get update && apt-get install -y --no-install-recommends /test/before/*.deb"
  # The system has a loopback network only.
  unshare --net --mount --pid --fork sh -c \
    "ip link set lo up && mount -t proc proc '$root/proc' && mount -t tmpfs tmpfs '$root/dev/shm' &&
     mount -t devpts devpts '$root/dev/pts' &&
     exec chroot '$root' python3 /test/use.py"
  rm -rf "$root"
  say "$suite: all checks passed"
done
