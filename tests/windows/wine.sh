# shellcheck shell=bash
# Sourced by tests/windows.sh, after prepare.sh and toolchain.sh: Wine with a prefix and a screen of its own.

export WINEPREFIX=$windows_cache/prefix WINEDEBUG=${WINEDEBUG:--all} TERM=xterm
# Without prompts to install Mono and Gecko, and without entries in the menus of this desktop.
export WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"
windows_folder=$WINEPREFIX/drive_c/windows

# need_wine: installs Wine and creates the prefix if they are missing.
need_wine() {
  need_packages wine wine64 xvfb xdotool imagemagick libgl1-mesa-dri fonts-wqy-microhei shadowsocks-libev curl
  [[ -e $WINEPREFIX/complete ]] || create_prefix
  [[ -e $WINEPREFIX/linked ]] || link_fonts
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

# As on Windows, the fonts of menus and dialogs take Chinese characters from another font.
link_fonts() {
  local font
  for font in Tahoma "MS Shell Dlg" "MS Shell Dlg 2" "MS Sans Serif" "Microsoft Sans Serif" "DejaVu Sans" Arial; do
    quietly wine reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\FontLink\SystemLink' /v "$font" \
      /t REG_MULTI_SZ /d "msyh.ttc,WenQuanYi Micro Hei" /f
  done
  # The next program reads them.
  wineserver --kill
  touch "$WINEPREFIX/linked"
}

# start_screen: starts an X server on a free display; the caller ends it.
start_screen() {
  Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$WORK/display" 2>"$WORK/xvfb" &
  screen=$!
  wait_for 20 test -s "$WORK/display" || fail "no X server: $(cat "$WORK/xvfb")"
  DISPLAY=:$(cat "$WORK/display")
  export DISPLAY
}

# wait_for SECONDS COMMAND...: waits until the command succeeds.
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || return 1
    sleep 0.1
  done
}
