# shellcheck shell=bash
# Sourced by tests/windows.sh, after prepare.sh and toolchain.sh: Wine with a prefix and a screen of its own.

export WINEPREFIX=$windows_cache/prefix WINEDEBUG=${WINEDEBUG:--all} TERM=xterm
# Disables the prompts to install Mono and Gecko.
export WINEDLLOVERRIDES="mscoree,mshtml="
windows_folder=$WINEPREFIX/drive_c/windows

# need_wine: installs Wine and creates the prefix if they are missing.
need_wine() {
  need_packages wine wine64 xvfb xdotool imagemagick libgl1-mesa-dri fonts-wqy-microhei shadowsocks-libev curl
  [[ -e $WINEPREFIX/complete ]] || create_prefix
}

create_prefix() {
  say "creating a Wine prefix"
  rm -rf "$WINEPREFIX"
  quietly wineboot --init
  wineserver --wait
  if [[ ! -e $windows_folder/system32/bcryptprimitives.dll ]]; then
    quietly x86_64-w64-mingw32-gcc -shared -O2 -o "$windows_folder/system32/bcryptprimitives.dll" \
      tests/windows/bcryptprimitives.c -ladvapi32
  fi
  # A font with Chinese characters, under the file name of the Windows font.
  cp /usr/share/fonts/truetype/wqy/wqy-microhei.ttc "$windows_folder/Fonts/msyh.ttc"
  touch "$WINEPREFIX/complete"
}

# start_screen: starts an X server on a free display; the caller ends it.
start_screen() {
  Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$WORK/display" 2>"$WORK/xvfb" &
  screen=$!
  wait_for 20 test -s "$WORK/display" || fail "no X server: $(cat "$WORK/xvfb")"
  DISPLAY=:$(cat "$WORK/display")
  export DISPLAY
}

# picture FILE: takes a screenshot.
picture() { import -window root "$1"; }

# wait_for SECONDS COMMAND...: waits until the command succeeds.
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || return 1
    sleep 0.1
  done
}

# registry KEY VALUE: prints the data of a value, nothing if there is none.
registry() { wine reg query "$1" /v "$2" 2>/dev/null | tr -d '\r' | sed -n "s/^ *$2 *REG_[A-Z]* *//p"; }
