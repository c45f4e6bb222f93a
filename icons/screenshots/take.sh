#!/usr/bin/env bash
# Takes the pictures of the menu and the window for the documentation, on a display of its own, with nodes, servers and
# traffic on this machine only.
#
#   ./icons/screenshots/take.sh [PICTURE...]     for example menu-en; by default all
#
# Needs both programs in target/debug (PROGRAMS names another folder), and on Debian: xvfb x11-xserver-utils xfce4-panel xdotool
# imagemagick dbus-daemon shadowsocks-libev python3 curl fonts-dejavu-core fonts-wqy-microhei.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
programs=$(realpath "${PROGRAMS:-target/debug}")
pictures=$(realpath icons/screenshots)
export SLUICE_HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_CACHE_HOME HOME
HOME=$(mktemp -d)
SLUICE_HOME=$HOME/sluice XDG_RUNTIME_DIR=$HOME/run XDG_CONFIG_HOME=$HOME/config XDG_CACHE_HOME=$HOME/cache
mkdir -m 700 "$SLUICE_HOME" "$XDG_RUNTIME_DIR" "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME"
export LC_ALL=C.UTF-8 GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1

children=()
start() { "$@" >"$HOME/log.${#children[@]}" 2>&1 & children+=($!); }
trap 'kill "${children[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$HOME"' EXIT
sluice() { "$programs/sluice" "$@"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# until_true COMMAND...: waits until a command succeeds. The limit allows for a busy machine.
until_true() { for _ in {1..600}; do "$@" >/dev/null 2>&1 && return; sleep 0.2; done; echo "timed out: $*" >&2; exit 1; }
selected=("$@")
is_selected() { ((${#selected[@]} == 0)) || [[ " ${selected[*]} " == *" $1 "* ]]; }

# Servers, and a web page and a subscription that are fetched through them.
page=$(free_port)
cat >"$HOME/web.py" <<'PYTHON'
import http.server, pathlib, sys, time

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = pathlib.Path(sys.argv[2]).read_bytes() if self.path == "/list" else bytes(200_000)
        self.send_response(200)
        if not self.path.startswith("/steady/"):
            self.send_header("Content-Length", str(len(body)))
        self.send_header("subscription-userinfo", "upload=1000000000; download=41000000000; total=107000000000; expire=1830000000")
        self.end_headers()
        self.wfile.write(body)
        # `/steady/N`: N KB every 100 ms, without end.
        while self.path.startswith("/steady/"):
            self.wfile.write(bytes(1_000 * int(self.path.removeprefix("/steady/"))))
            time.sleep(0.1)

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
PYTHON
start python3 "$HOME/web.py" "$page" "$HOME/list"
sites=(news.example mail.example maps.example shop.example video.example)
{ cat /etc/hosts; printf '127.0.0.1 %s\n' "${sites[@]}"; } >"$HOME/hosts"
declare -A unknown=([Tokyo]='news\|shop' [Osaka]='mail\|video' [Singapore]='maps\|shop')
link() { printf 'ss://%s@127.0.0.1:%s#%s\n' "$(printf '%s:%s' "$1" secret | base64 -w0)" "$2" "$3"; }
server() {
  local method=$1 name=$2 port
  port=$(free_port)
  # With names of its own for this machine; some servers do not know each site.
  grep -v "^127.0.0.1 \(${unknown[$name]:-none}\)" "$HOME/hosts" >"$HOME/hosts.$name"
  start unshare -rm sh -c 'mount --bind "$0" /etc/hosts; exec "$@"' "$HOME/hosts.$name" \
    ss-server -s 127.0.0.1 -p "$port" -k secret -m "$method" -t 60
  echo "${children[-1]}" >"$HOME/server.$name"
  link "$method" "$port" "$name"
}
links=$HOME/links
{
  server aes-256-gcm Tokyo
  server chacha20-ietf-poly1305 Osaka
  server aes-128-gcm Singapore
  server aes-256-gcm Frankfurt
  server aes-256-gcm "San%20Francisco"
  link aes-256-gcm 9 Lima
  server rc4-md5 "Old%20server"
} >"$links"
for name in "香港%2001" "香港%2002" "台北%2001"; do server aes-256-gcm "$name"; done >"$HOME/names"
base64 -w0 "$HOME/names" >"$HOME/list"

# The display, its session bus and a panel.
start Xvfb -displayfd 9 -screen 0 1000x680x24 -nolisten tcp -noreset 9>"$HOME/display"
until_true test -s "$HOME/display"
DISPLAY=:$(<"$HOME/display")
start dbus-daemon --session --nofork --nopidfile --print-address=9 9>"$HOME/bus"
until_true test -s "$HOME/bus"
DBUS_SESSION_BUS_ADDRESS=$(head -n 1 "$HOME/bus")
export DISPLAY DBUS_SESSION_BUS_ADDRESS
mkdir -p "$XDG_CONFIG_HOME/xfce4/xfconf/xfce-perchannel-xml"
cat >"$XDG_CONFIG_HOME/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="30"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/><value type="int" value="2"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-2" type="string" value="systray"/>
  </property>
</channel>
XML
start xfce4-panel --disable-wm-check
xsetroot -solid '#4b5c6e'

# The tray with its engine, and clients that load pages.
start "$programs/sluice-tray"
until_true sluice status
sluice set health.urls "[\"http://127.0.0.1:$page/\"]"
sluice set health.direct_urls "[\"http://127.0.0.1:$page/\"]"
sluice set health.transfer_bytes 0
sluice set health.schedule '[2,2,2,10]'
sluice set gateway.listen 127.0.0.1:18080
sluice set language en
# take FILE [OPTION...]: a picture of the display, in few colours.
take() { import -window root "${@:2}" +repage -dither None -colors 255 "PNG8:$pictures/$1.png"; }

window_is_open() { xdotool search --onlyvisible --name '^Sluice$'; }

# window LANGUAGE THEME PAGE FILE [INPUT...]: a page, after each INPUT for xdotool.
window() {
  is_selected "$4" || return 0
  [[ $(sluice get language) == "$1" ]] || sluice set language "$1"
  [[ $(sluice get window.theme) == "$2" ]] || sluice set window.theme "$2"
  "$programs/sluice-tray" window "$3" >"$HOME/log.window" 2>&1 &
  local window=$!
  until_true window_is_open
  sleep "${SECONDS_OF_WINDOW:-12}"
  xdotool search --onlyvisible --name '^Sluice$' windowfocus
  local input
  # shellcheck disable=SC2086
  for input in "${@:5}"; do xdotool $input; sleep 2; done
  take "$4"
  kill "$window"
  wait "$window" || true
}
# Before there are nodes.
window en light nodes window-welcome
sluice import "$links" >/dev/null
sluice subscription add "http://127.0.0.1:$page/list" --name 某机场 >/dev/null
sluice node edit Tokyo --weight 3
sluice node exclude Lima
sluice test >/dev/null 2>&1 || true
sluice cluster on --group "" --size 3 --strategy round-robin >/dev/null
client() { while :; do curl -s -o /dev/null -x socks5h://127.0.0.1:18080 "http://127.0.0.1:$page/"; sleep 0."$1"; done; }
for pause in 05 1 2; do start client "$pause"; done
sleep "${SECONDS_OF_TRAFFIC:-20}"

# Number of windows of the system tray, a plugin of the panel in its own process: its icon, and each open menu.
tray_windows() { xdotool search --onlyvisible --class wrapper-2.0 2>/dev/null | wc -l; }
tray_has_windows() { (($(tray_windows) == $1)); }

# open_menu WINDOWS X Y: clicks there until the tray has so many windows, that is, until a menu has opened.
open_menu() {
  local _
  for _ in {1..10}; do
    tray_has_windows "$1" && return
    xdotool mousemove "$2" "$3" sleep 0.3 mousemove_relative -- -2 0 sleep 0.3 click 1
    for _ in {1..50}; do
      tray_has_windows "$1" && return
      sleep 0.2
    done
  done
  echo "no menu opens at $2,$3" >&2
  exit 1
}

# menu LANGUAGE FILE [X Y]...: the open menu, with the submenus at these places.
menu() {
  is_selected "$2" || return 0
  sluice set language "$1"
  sleep 3
  local closed place
  closed=$(tray_windows)
  open_menu $((closed + 1)) 985 15
  for ((place = 3; place < $#; place += 2)); do
    open_menu $((closed + 1 + place / 2)) "${@:place:2}"
  done
  sleep 3
  take "$2" -crop 840x480+160+0
  xdotool key Escape key Escape key Escape
  until_true tray_has_windows "$closed"
}
menu en menu-en 802 174 642 172
menu zh-CN menu-zh-CN 802 174 642 172
window en light nodes window-nodes-en
window en dark nodes window-nodes-dark
window zh-CN light nodes window-nodes-zh-CN
# Doors: one in use, one unused, and one whose country has no node.
sluice pin example.com country:JP
sluice pin app:git Singapore --else country
sluice pin ads.example.net block
sluice door add jp --listen 127.0.0.1:18081 --country JP
sluice door add office --node Frankfurt --else any
sluice door add us --listen 127.0.0.1:18082 --country BR
for door in 18081 18082; do
  curl -s -m 20 -o /dev/null -x "socks5h://127.0.0.1:$door" "http://127.0.0.1:$page/" || true
done
sleep 6
# Connections that failed, while they are among the last 500.
for host in www.example.net mail.example.org; do
  curl -s -m 20 -o /dev/null -x socks5h://127.0.0.1:18080 "https://$host/" || true
done
menu en menu-sites 802 248
window en light rules window-pins
window zh-CN dark rules window-pins-zh-CN
window en dark rules window-door 'mousemove 500 400 click 5 click 5 click 5' 'mousemove 240 525 click 1' \
  'type --delay 50 fast'
# With a rule that is being typed.
printf '! My rules\n||example.com\n||wikipedia.org\n@@||intranet.example.com\n' >"$SLUICE_HOME/rules.txt"
window en light rules window-rules \
  'mousemove 500 400 click 5 click 5 click 5 click 5 click 5 click 5 click 5 click 5 click 5' \
  'sleep 5' 'mousemove 600 235 sleep 0.5 click 1' 'key ctrl+End' 'type --delay 50 /^https?:\/\/[a-z+/' \
  'mousemove 222 297 sleep 0.5 click 1' 'mousemove 520 437 sleep 0.5 click 1' 'type --delay 50 https://www.example.com/page' 'key Return'
window en light subscriptions window-subscriptions
window en light balance window-balance
# With downloads that stay open.
downloads=()
for size in 2 5 11 24 37 61 80; do
  host=localhost
  ((size % 2)) && host=127.0.0.1
  start curl -s -o /dev/null -x socks5h://127.0.0.1:18080 "http://$host:$page/steady/$size"
  downloads+=("${children[-1]}")
  sleep 2
done
window en light connections window-connections
window zh-CN dark connections window-connections-zh-CN
kill "${downloads[@]}"
# Sites that `smart` has learned.
sluice cluster on --group "" --size 3 --strategy smart >/dev/null
for site in "${sites[@]}"; do
  # Programs of their own: what one program opens together shares a node.
  cp "$(command -v curl)" "$HOME/client-${site%%.*}"
  for _ in {1..5}; do "$HOME/client-${site%%.*}" -s -o /dev/null -x socks5h://127.0.0.1:18080 "http://$site:$page/"; done
done
down='mousemove 500 400 click 5 click 5 click 5 click 5 click 5 click 5 click 5 click 5 click 5 click 5 click 5'
window en light balance window-sites "$down" "$down" 'click 4 click 4 click 4' 'mousemove 80 600'
window zh-CN dark balance window-sites-zh-CN "$down" "$down" 'click 4 click 4 click 4' 'mousemove 80 600'
sluice cluster on --group "" --size 3 --strategy round-robin >/dev/null
window zh-CN dark balance window-balance-zh-CN
window en light settings window-settings
window zh-CN light settings window-settings-zh-CN
kill "$(<"$HOME/server.Osaka")"
window en light activity window-activity
