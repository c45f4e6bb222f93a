# Every sentence of Sluice in English. The keys and their values are the same in every language.

## Numbers

unit-rate = { $size }/s
unit-millis = { $millis } ms
unit-seconds = { $count } s
unit-minutes = { $count } min
unit-hours = { $count } h
unit-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
list-comma = ,{" "}

## What went wrong

fault-detail = { $what }: { $detail }
failure-at = { $stage }: { $trouble }
fault-unknown-node = there is no such node
fault-ambiguous-node = more than one node is meant by this
fault-known-node = there is such a node already
fault-no-node = there is no node to connect through
fault-port-in-use = the port is in use
fault-cannot-listen = the address cannot be listened on
fault-invalid-setting = the setting is not valid
fault-nothing-imported = nothing was imported
fault-bad-rules = the rules cannot be used
fault-list-not-fetched = no list of rules was fetched; the one there was goes on
fault-unknown-subscription = there is no such subscription
fault-invalid-subscription = the subscription cannot be so
fault-subscription-not-fetched = no list of servers came
fault-no-desktop = there is no desktop here whose proxy can be set; in a terminal
fault-desktop-proxy = the desktop's proxy setting cannot be used
fault-backup = this backup cannot be used
fault-file = a file could not be used
fault-bad-message = the engine did not understand
fault-too-large = the text is larger than Sluice takes at once, which is about 60 MB
fault-other-version = the engine is of another version
fault-stopping = the engine is stopping
fault-not-running = no engine is running
fault-no-engine = no engine could be started
fault-ended = the engine has ended
fault-broken = the connection to the engine broke
fault-not-understood = the engine said something that is not understood
fault-runs-already = an engine is running already
fault-log = the log cannot be written

stage-start = start
stage-configuration = configuration
stage-dns = DNS
stage-tcp = TCP
stage-plugin = plugin
stage-handshake = handshake or credentials
stage-destination = destination
stage-time-limit = time limit

eviction-crash-loop = its process ended { $exits } times within a minute, the last time by { $status }
eviction-check-failed = it failed its checks: { $failure }
eviction-start-failed = it could not be started: { $failure }

## An import

import-added = { $count ->
    [one] { $count } node imported
   *[other] { $count } nodes imported
}
import-known = { $count } known already
import-refused = { $count ->
    [one] { $count } line refused
   *[other] { $count } lines refused
}
import-nothing = nothing to import

## Subscriptions

subscription-name = { $old } → { $new }
subscription-added = { $count } added ({ $names })
subscription-removed = { $count } removed ({ $names })
subscription-renamed = { $count } renamed ({ $names })
subscription-same = { $count ->
    [one] { $count } node, which has not changed
   *[other] { $count } nodes, none has changed
}
subscription-elsewhere = { $count } in another group
subscription-refused = { $count } not usable
subscription-used-of = { $used } of { $total }
subscription-of = of { $total }

## States and strategies

state-starting = starting
state-warming = warming
state-serving = serving
state-suspect = suspect
state-ejected = ejected
state-restarting = restarting
state-draining = draining

mode-manual = Manual
mode-pac = PAC (by rules)
mode-global = Global

strategy-sticky = One server per site
strategy-round-robin = Each in turn
strategy-random = Any
strategy-least-connections = Fewest connections
strategy-least-cpu = Least CPU time
strategy-fastest = Fastest answer
strategy-failover = First that works

mode-manual-text = Your desktop's proxy setting is left alone. Programs use Sluice where you tell them to.
mode-pac-text = Browsers ask a script: sites that a rule names go through a server, all others go direct.
mode-global-text = Everything goes through a server, but for your own network.
strategy-sticky-text = A site always gets the same server, so that it sees one address.
strategy-round-robin-text = Connections go to each server in turn; one with more weight gets more.
strategy-random-text = Connections go to any server by chance; one with more weight gets more.
strategy-least-connections-text = A connection goes to the server with the fewest open ones for its weight.
strategy-least-cpu-text = A connection goes to the server whose process on this machine works the least.
strategy-fastest-text = A connection goes to the server that answers soonest, by measured time and load.
strategy-failover-text = Everything goes to the first server that works; the others wait for its failure.

## How things stand: the menu's first line and the tooltip

standing-starting = Starting…
standing-gone = The engine has ended
standing-trouble = Off: { $why }
standing-no-node = Off · no server yet
standing-off = Off
standing-network-down = Your network is down
standing-portal = Your network wants a login first
standing-connecting = Connecting…
standing-failing = { $members ->
    [one] The server does not work
   *[other] None of { $members } servers works
}
standing-single = { $node } · { $latency }
standing-cluster = Cluster { $serving } of { $size }
standing-rates = { $line } · ↓ { $down } ↑ { $up }

## The menu

menu-port = Port { $address }
menu-port-closed = The port is closed
menu-connect = Connect
menu-disconnect = Disconnect
menu-start-engine = Start the engine
menu-load-balancing = Load balancing
menu-servers = Servers
menu-mode = Mode
menu-strategy = Strategy
menu-group = Group
menu-import = Import from clipboard
menu-scan = Scan QR code on screen
menu-update-subscriptions = Update subscriptions
menu-stop-update = Stop updating subscriptions
menu-terminal = Copy terminal proxy command
menu-settings = Settings…
menu-activity = Activity…
menu-language = Language
menu-language-system = As the system
menu-start-at-login = Start at login
menu-quit = Quit
menu-quit-tray = Quit (the engine goes on)
menu-cannot = { $entry } ({ $why })
menu-all-servers = All servers
menu-ungrouped = Added by hand
menu-excluded = left out
menu-more-servers = { $count } more in the window…

menu-why-no-node = import a server first
menu-why-none-chosen = choose a server first
menu-why-port-closed = connect first
menu-why-no-engine = no engine is running

## Notices

notice-replaced = { $new } takes the place of { $old }
notice-evicted = { $old } left the pool
notice-short = Fewer servers than wanted
notice-short-text = { $have } of { $want } work and there is no further one
notice-empty = No server works
notice-empty-text = Connections fail until one works again
notice-network-down = Your network is down
notice-network-down-text = No server is given up until it is back
notice-portal = Your network wants a login first
notice-network-back = Your network is back
notice-port = The port is in use
notice-trouble = That did not work
notice-left-alone = Somebody else has changed the desktop's proxy
notice-left-alone-text = It stays as they have set it
notice-no-list = No new list of rules
notice-plugin = { $name } is waiting for your permission
notice-import = Import
notice-subscription-updated = { $name } was updated
notice-subscription-failed = { $name } was not updated
notice-subscriptions = Subscriptions
notice-subscriptions-same = Nothing has changed
notice-unlisted = Its provider does not list it any more
notice-untold = { $text } (and { $times } more since the last notice)
notice-clipboard-empty = There is no text and no QR code in the clipboard
notice-screen-empty = There is no QR code on any screen
notice-copied = Copied
notice-copied-text = Paste the command into a terminal
notice-no-panel = No panel shows the icon
notice-no-panel-text = On GNOME, install and turn on the extension AppIndicator (gnome-shell-extension-appindicator)
notice-open-activity = Open activity
notice-no-window = The window cannot be opened
notice-welcome = Sluice is in the panel

## The program sluice-tray

tray-no-display = there is no display; on a machine without a desktop run `sluice serve`
tray-no-link = this is no link for Sluice: ss:// or ssr:// is wanted
tray-runs-already = the tray is running already; look for its icon in the panel

## Events

event-engine-started = the engine started, version { $version }
event-engine-stopping = the engine is stopping
event-not-saved = not saved: { $why }
event-saved = everything is saved again
event-not-applied = the settings do not hold: { $why }
event-gateway-opened = the gateway listens on { $address }
event-gateway-closed = the gateway closed its port
event-descriptors-exhausted = the system's limit of { $limit } open files is reached; new connections wait
event-connection-limit = the limit of { $limit } connections is reached; further ones wait
event-logins-refused = { $count } wrong logins at the proxy port from { $address }
event-connected = connected through { $node }
event-disconnected = no member works any more
event-member-ready = { $node } is ready after { $millis } ms
event-member-exited = the process of { $node } ended ({ $status }); it is started again in { $millis } ms
event-member-failed = { $node } could not be started: { $why }
event-member-suspected = { $node } may be in trouble: { $why }
event-member-ejected = { $node } gets no traffic: { $why }
event-member-recovered = { $node } works again
event-member-evicted = { $node } left the pool: { $why }
event-member-replaced = { $node } left the pool: { $why }; { $new } takes its place
event-pool-short = the pool has { $have } of { $want } members and there is no further node
event-network-down = this machine's own network is down; nobody is blamed until it is back
event-portal = this network wants a login first
event-portal-at = this network wants a login first, at { $location }
event-network-back = the network is back
event-all-nodes-fail = { $members ->
    [one] the network works, and the only member does not
   *[other] the network works, and none of the { $members } members does; all stay in use
}
event-mode-changed = the mode is { $mode }
event-settings-changed = settings changed: { $keys }
event-list-fetched = a new list is used, with { $rules } rules
event-subscription-updated = { $name } was updated: { $changes }
event-subscription-failed = { $name } was not updated: { $why }
event-subscription-removed = { $nodes ->
    [one] { $name } was removed, with { $nodes } node
   *[other] { $name } was removed, with { $nodes } nodes
}
event-node-succeeded = { $old } is not listed any more; { $new } is chosen in its place
event-proxy-set = the desktop's proxy is set ({ $mode })
event-proxy-returned = the desktop's proxy is what it was before
event-proxy-repaired = the desktop's proxy was still set by the last run; it is what it was before
event-proxy-left-alone = somebody else has changed the desktop's proxy; that is left alone
event-restored = a backup was restored: { $added } nodes came back, { $removed } went, { $changed } changed
event-plugin-not-allowed = { $node } waits: { $why }
event-node-removed = { $node } was removed
event-nodes-restored = { $nodes ->
    [one] { $nodes } removed node is back
   *[other] { $nodes } removed nodes are back
}
event-nodes-changed = the list of nodes was changed
event-page-asked = the window is asked for the page { $page }
event-file-last-good = { $file } is broken ({ $problem }); it is kept as { $kept }, the last good version is used
event-file-defaults = { $file } is broken ({ $problem }); it is kept as { $kept }, default values are used
event-file-nothing = { $file } is broken ({ $problem }); it is kept as { $kept }, and what it said is not known any more

weakness-plaintext = not encrypted
weakness-broken-cipher = broken cipher
weakness-no-integrity = no integrity
weakness-checksum-only = checksum only

network-unknown = not known yet
network-up = up
network-down = down
network-portal = wants a login

## The command line

cli-not-running = no engine is running; start one with `sluice serve`
cli-off = off
cli-connected = { $members ->
    [one] connected through { $members } member
   *[other] connected through { $members } members
}
cli-no-member = on, no member is ready yet
cli-nothing-through = on, no request has succeeded yet
cli-cluster = { $members ->
    [one] { $members } member, { $strategy }
   *[other] { $members } members, { $strategy }
}
cli-cluster-of-group = { $members ->
    [one] { $members } member of { $group }, { $strategy }
   *[other] { $members } members of { $group }, { $strategy }
}
cli-closed = { $address } (closed)
cli-gateway = { $address }, { $open } open, { $total } in all
cli-rejected = { $line }, { $rejected } rejected
cli-traffic = up { $up }, down { $down }
cli-tests-failed = { $all ->
    [one] { $failed } of { $all } node failed
   *[other] { $failed } of { $all } nodes failed
}
cli-missed = { $events ->
    [one] ({ $events } event was missed)
   *[other] ({ $events } events were missed)
}
cli-on-address = { $state } on { $address }
cli-no-nodes = no nodes yet; `sluice import` adds some
cli-no-tests = no nodes to test
cli-no-subscriptions = no subscriptions yet; `sluice subscription add` adds one
cli-subscription = { $name }: { $what }
cli-subscriptions-failed = { $all ->
    [one] { $failed } of { $all } subscription was not updated
   *[other] { $failed } of { $all } subscriptions were not updated
}
cli-offer = { $address } has { $nodes ->
    [one] { $nodes } node, to be named { $name }
   *[other] { $nodes } nodes, to be named { $name }
}
cli-test-failed = failed: { $why }
cli-yes = yes
cli-no = no
cli-import-line = line { $line }: { $why }
cli-import-server = server { $server }: { $why }
cli-import-too-large = a node list may have at most { $limit }
cli-import-none = nothing was imported, { $counts }
cli-import-neither = neither a link nor a file
cli-unreadable = { $file } cannot be read: { $why }
cli-unwritable = { $file } cannot be written: { $why }
cli-diagnosed = written to { $file }; review it before you share it
cli-no-log = there is no log in { $folder }

column-state = state
column-mode = mode
column-cluster = cluster
column-gateway = gateway
column-http = HTTP only
column-shared = shared at
column-traffic = traffic
column-network = network
column-nodes = nodes
column-unsaved = not saved
column-node = node
column-member = member
column-name = name
column-group = group
column-kind = kind
column-server = server
column-method = method
column-plugin-options = plugin options
column-waits = waits
column-plugin = plugin
column-protocol = protocol
column-obfs = obfs
column-weight = weight
column-tier = tier
column-excluded = excluded
column-legacy = legacy
column-latency = latency
column-open = open
column-total = total
column-failed = failed
column-up = up
column-down = down
column-cpu = CPU
column-pid = PID
column-address = address
column-result = result
column-updated = updated
column-next = next
column-used = used
column-ends = ends
column-known = known
column-turn = order
column-since = since
column-first-byte = first byte
column-why = why

cli-replayed = { $line }, { $replayed } replayed

## Why a site is served by whom

why-nobody = nobody serves { $site } now
why-served = { $site } is served by { $node } ({ $strategy }: { $rule })
why-ruled = { $site }: { $way }
rules-script = in a browser with the script: { $way }
rules-gateway = at the gateway: { $way }
rules-way = { $route } ({ $rule })
rules-pool = through the pool
rules-direct = direct
rules-block = blocked
rules-none = no rule matches
rules-built-in = this machine and its own network
rules-user = your rules
rules-list = the list
rules-acl = the access list
rules-line = { $list }, line { $line }: { $text }
why-sticky = a site keeps its member
why-round-robin = each in turn, this one next
why-random = by chance, this one as likely as any of its weight
why-least-connections = the fewest open for its weight
why-least-cpu = the least CPU time
why-fastest = the better of two by time to first byte and load
why-failover = the first by tier and order in the list
why-own-member = the site's own member
why-crowded = the site's own member, but crowded
why-suspect = asked last: { $reason }

## The demonstration

demo-start =
    { $servers } Shadowsocks servers on this machine, { $members } of them behind { $address }.
    Clients request a page through it for { $seconds } s; half-way one server is killed.
demo-kill = the server of { $node } is killed, with all its connections
demo-replaced = { $old } was replaced by { $new } { $millis } ms after its server died
demo-replaced-by-another = { $old } was replaced { $millis } ms after its server died
demo-not-replaced = { $old } was not replaced
demo-not-ready = the pool is not as expected after { $seconds } s
demo-none-failed = none failed
demo-failed = { $failed } FAILED (the first: { $why })
demo-requests = { $requests } requests, { $failed }; half took under { $half } ms, 99 of 100 under { $most } ms
demo-traffic = { $up } up, { $down } down; { $replaced }

## Codes, sharing, backups

scan-nothing = no QR code was found
scan-no-picture = there is no picture on the clipboard
scan-no-desktop = this build has no desktop support and cannot see the screen or the clipboard; give a picture file
share-one-code = a QR code holds one node
share-nothing = no node can be shared in this form
share-left-out = SIP008 supports Shadowsocks only; left out: { $nodes }
share-no-group = there is no node in the group { $group }
backup-open = { $file } is not encrypted: it contains the passwords of your nodes
backup-sealed = { $file } is encrypted with the password
backup-password = Password:{" "}
backup-again = Once more:{" "}
backup-not-the-same = the two passwords are not the same
backup-wants-password = the backup is encrypted; give its password with --password -
backup-too-large = the file is too large for a backup
restore-question = Restore it? (y/n){" "}
restore-done = restored; `sluice restore --undo` undoes it
restore-not-done = nothing was restored
restore-made = backup of { $time }, by version { $version }
restore-setting = { $key }: { $from } → { $to }
restore-added = { $node } comes back
restore-removed = { $node } goes
restore-changed = { $node } has another name, group, weight, tier or exclusion
restore-reordered = the nodes come in another order
restore-part = { $part }: other than now
restore-nothing = nothing is other than now
restore-unknown = { $part } is not known to this version and left out
preview-line = line { $line }
preview-server = entry { $server }
preview-new = new
preview-known = known as { $node }
preview-refused = rejected: { $why }
preview-counts = result of an import: { $counts }

foreign-head = settings of the other program:
foreign-subscription = subscription { $name }: { $address }
foreign-subscription-unnamed = subscription: { $address }
foreign-left = not taken: { $name } ({ $why })
foreign-no-counterpart = nothing here is like it
foreign-needs-login = others may use the port only with a login: set gateway.login, then gateway.listen
foreign-in-the-tray = switch it on in the menu of the tray icon
foreign-no-sense = its value makes no sense here
foreign-question = Take these settings too? (y/n){" "}
foreign-taken = the settings are taken
foreign-not-taken = the settings in the file were not taken; use --settings to take them
foreign-not-added = { $address } was not added: { $why }
column-place = position
column-found = result
## Why something was refused or failed

wanted-number = a number from { $low } to { $high }
wanted-any-number = a number
wanted-boolean = a boolean
wanted-one-of = one of { $words }
wanted-loopback = a loopback address, or first a user name and password in gateway.login
wanted-other-port = another port than that of gateway.listen
wanted-address = an IP address with a port such as 127.0.0.1:1080
wanted-login-lengths = a user name and a password of 1 to 255 bytes each
wanted-login = {"{"}"user":"…","password":"…"{"}"} or null
wanted-web-address = an http:// or https:// address
wanted-pages = at least one http:// address
wanted-statuses = HTTP statuses such as [200, 204]
wanted-schedule = seconds between checks such as [10, 60, 300]
wanted-plain-text = up to 256 plain characters
wanted-key = a key that `sluice get` lists
wanted-there = { $key }: wanted { $wanted }
wanted-host = a host name
wanted-address-or-host = an address or a host name
wanted-log-filter = a filter such as `sluice=debug,warn`
wanted-text = a text
wanted-list = a list
wanted-object = an object in braces
cause-at = { $place }: { $why }
cause-file = cannot { $doing } { $file }: { $why }
doing-read = read
doing-write = write
doing-set-aside = set aside
doing-remove = remove
doing-make = make
doing-use = use
cause-held-by = { $addr } is held by { $program }
cause-line = { $file }, line { $line }: { $why }
cause-versions = the engine is version { $engine }, this program { $program }; restart the engine
cause-door = the control socket cannot be opened: { $why }
plugin-request = the plugin { $plugin } is not allowed to run yet (options: { $options })
plugin-request-plain = the plugin { $plugin } is not allowed to run yet
cause-process = process { $pid }
cause-no-home = this user has no home folder; name one with --home
cause-not-ours = { $folder } is not a folder of this user alone
nobody-none-yet = there is no node yet: import one first
nobody-none-chosen = no node was chosen yet: name one
nobody-all-excluded = every node is excluded from load balancing
nobody-none-of-group = no node of this group may be used
nobody-closed = the gateway is closed: connect first
desktop-settings = the desktop's proxy settings cannot be used: { $why }
desktop-not-taken = the desktop did not take its proxy setting { $setting }
desktop-lease = the file that keeps the earlier proxy settings cannot be used: { $why }
desktop-watcher = the program that gives the proxy settings back cannot be started: { $why }
broken-ends-early = line { $line }, column { $column }: the file ends too early
broken-no-json = line { $line }, column { $column }: this is no JSON
broken-version = it is of version { $found }, and this program knows versions 1 to { $known }
broken-wrong-value = a wrong value where { $wanted } is wanted
broken-missing = { $key } is missing
broken-unknown = { $key } is not known
broken-names = every subscription has a name of its own
backup-ends-early = the file ends too early
backup-none = this is no backup of Sluice
backup-newer = it was made by a newer version of Sluice ({ $by }); update this one to restore it
backup-version = its version is not known
backup-damaged = the file is damaged
backup-checksum = the checksum does not match: the file is damaged or was edited (to restore it anyway, remove its "sha256" entry)
backup-no-text = { $part }: a text is wanted
backup-part = { $part }: { $why }
backup-line = { $part }, line { $line }: { $why }
backup-nothing-to-undo = nothing was restored here that could be undone
line-too-long = a rule of more than { $bytes } bytes
line-everything = it would match every address
line-no-domain = no domain
line-not-ascii = an address has no such letter in it: write it as %XX
line-regex = no regular expression: { $why }
line-too-complex = too complex: a list may have fewer or shorter expressions
line-options = options are not supported: ${ $options }
line-element-hiding = this rule hides parts of pages; it does not match addresses
line-fragment = addresses are matched without # and what follows
line-not-for-browsers = no regular expression that browsers know as well
line-no-section = there is no section { $section }
line-before-section = an entry before the section it is for
line-no-network = no network: { $network }
line-address-for-name = an address where a name is wanted: { $name }
line-no-name = no name: { $name }

link-no-link = this is no link
link-unsupported = { $scheme }:// is not supported
link-page = this is the address of a page; a list there is added as a subscription
link-credentials = the part before the host is neither plain nor base64
link-no-password = there is no password
link-login-length = user name and password take 1 to 255 bytes each
link-cipher = the cipher { $name } is not supported
link-cipher-unnamed = the cipher is not supported
link-not-base64 = { $part } is no base64
link-part-whole = the link
link-part-password = the password
link-part-protocol-param = protoparam
link-part-obfs-param = obfsparam
link-parts = the link has not the six parts of a ShadowsocksR server
link-ssr-method = the ShadowsocksR method { $name } is not supported
link-ssr-method-unnamed = the ShadowsocksR method is not supported
link-ssr-protocol = the ShadowsocksR protocol { $name } is not supported
link-ssr-protocol-unnamed = the ShadowsocksR protocol is not supported
link-ssr-obfs = the ShadowsocksR obfs { $name } is not supported
link-ssr-obfs-unnamed = the ShadowsocksR obfs is not supported
link-host = the host is missing or wrong
link-no-port = the port is missing
link-port = the port is not a number from 1 to 65535
link-path = there is something behind the port
link-plugin = the plugin's name is not a program's name
link-unknown-plugin = the plugin { $name } is not supported
link-plugin-option = the plugin's option { $option } is not supported
link-transport = the transport option { $option } is not supported
link-prefix = this prefix needs an AEAD method whose salt has at least 8 more bytes
key-empty = the password is empty
key-not-base64 = the key of { $cipher } is not base64
key-length = the key of { $cipher } has { $found } bytes, not { $wanted }
seal-password = the password is wrong
seal-damaged = the file is damaged or cut off
seal-unknown = the file is not sealed with a password, or in a way that is not known
picture-none = this is no picture that can be read (PNG, JPEG, GIF, BMP, WebP)
picture-damaged = the picture is damaged
picture-too-large = the picture is too large
code-too-long = the text is too long for a QR code
clipboard-none = there is no clipboard here
clipboard-unusable = the clipboard cannot be used: { $why }
screen-unusable = the screen cannot be looked at: { $why }
screen-none = there is no screen here
screen-no-leave = nobody gave leave to look at the screen

list-web-page = this is a web page, not a list of servers
list-json = this is no whole JSON: something is wrong at line { $line }, column { $column }
list-yaml = this is no YAML that can be read
list-yaml-at = this is no YAML that can be read: something is wrong at line { $line }
list-no-servers = there is no list of servers in it
list-provider = the provider says: { $message }
list-too-many = there are { $servers } servers in it; more than { $most } are not taken
list-too-much = there is more in it than in any list of servers

fetch-both = through the gateway: { $gateway }; directly: { $direct }
fetch-connect = connecting failed: { $cause }
fetch-time-limit = no whole answer came within { $seconds } s
fetch-status = the server says { $status }
fetch-too-large = the answer is larger than { $mebibytes } MiB
fetch-no-answer = the server gives no answer: { $cause }
fetch-broke-off = the answer broke off: { $cause }
fetch-unpack = the answer cannot be unpacked
fetch-circle = the address leads in a circle
fetch-on-and-on = the address leads on and on
fetch-unveiled = the address leads from https to http
fetch-local-redirect = the address redirects to this machine or a private network
fetch-address = the address cannot be asked for

answer-empty = the answer is empty
answer-no-text = the answer is no text
answer-version = this is SIP008 of version { $version }, and version 1 is known here
answer-nothing-usable = there is no server in it that can be used; the first of { $refused } that cannot: { $first }
rules-answer-empty = the answer is empty
rules-answer-web-page = the answer is a web page, not a list
rules-answer-not-base64 = the answer is neither a list nor base64
rules-answer-no-head = the answer holds no list: its first line is not [AutoProxy …] or [Adblock …]
rules-answer-damaged = the list is damaged or cut off: its checksum is wrong
rules-answer-no-rules = the list has no rules

misfit-address = wanted an http:// or https:// address
misfit-known-address = this address is there already, as { $name }
misfit-name = name: wanted one line of up to { $most } bytes
misfit-known-name = name: there is a subscription { $name } already
misfit-interval = interval: wanted hours up to { $most }, or 0 for never by itself

trouble-no-answer = no answer within { $seconds } s
trouble-silent = the server said nothing for { $seconds } s
trouble-status = the page answered { $status }
trouble-unfinished = the page began and did not end in time
trouble-unreached = it could not be reached
trouble-not-allowed = the server does not allow it
trouble-not-socks5 = it does not answer as a SOCKS5 server does
trouble-broke-off = the page broke off: { $cause }
trouble-program = its program failed: { $cause }
trouble-no-program = no such program: { $program }
trouble-not-started = { $program } does not start: { $why }
trouble-ended = { $program } ended with { $exit }
trouble-ended-saying = { $program } ended with { $exit }: { $said }
trouble-config-file = its configuration file: { $cause }
trouble-own-port = it leads back to Sluice itself
trouble-no-port = no local port: { $cause }
trouble-no-free-port = no free port from { $base } upward
trouble-port-taken = its port was taken by another program
trouble-not-understood = its program does not understand the configuration (column { $column })
trouble-method = unknown method `{ $method }`
trouble-login = the user name or the password is wrong
trouble-not-ready = not ready after { $seconds } s
trouble-unanswered = { $seen }, and a check gets no answer
trouble-again = { $seen }, again and again, though its checks pass
seen-closed-empty = it closed connections without an answer
seen-closed-alone = it closed a connection where another node answered
seen-wrong-answer = it answers TLS with something else, as a login page does
seen-silent = no answer came in the time its answers take
seen-connect-failed = its server does not take connections
seen-handshake-failed = its handshake failed
obstacle-refused = Connection refused
obstacle-reset = the connection was reset
obstacle-closed = the connection was closed without an answer
obstacle-late = it took too long
obstacle-no-route = there is no route to it
obstacle-no-address = the name has no address
obstacle-in-use = the address is in use
obstacle-not-here = this machine has no such address
obstacle-forbidden = permission denied
obstacle-missing = no such file
obstacle-there = there is such a file already
obstacle-full = there is no room left on the disk
obstacle-too-large = the file is too large
obstacle-read-only = the disk is read-only
obstacle-no-folder = it is no folder
obstacle-folder = it is a folder
obstacle-no-program = it is no program for this system
obstacle-too-many-open = too many files are open
obstacle-no-memory = there is no memory left
obstacle-unsupported = the system cannot do that
obstacle-not-http = what came is no HTTP
obstacle-missing-program = the program { $program } is missing
obstacle-hung-program = { $program } did not finish within { $seconds } s
obstacle-no-home = this user has no home folder
obstacle-package = on this system the installed package decides on that
obstacle-unfinished = it did not come whole
obstacle-unknown-issuer = nobody that is trusted here has signed the certificate
obstacle-certificate-time = the certificate is not valid at this time
obstacle-certificate-name = the certificate is for another name
obstacle-certificate = the certificate is not valid
obstacle-tls = no encrypted connection came about
exit-status = exit status: { $status }
exit-signal = signal: { $signal }
reason-wanted-again = wanted again
reason-not-wanted = not wanted any more
reason-one-too-many = one more than wanted
reason-passes-again = passes its checks again
reason-failed-checks = failed its checks: { $failure }
reason-ended = its process ended ({ $exit })

## The window

mode-pac-short = PAC
page-nodes = Nodes
page-balance = Balance
page-rules = Rules
page-subscriptions = Subscriptions
page-activity = Activity
page-settings = Settings
window-no-display = there is no display to open a window on
window-rates = ↓ { $down }  ↑ { $up }
window-engine-gone = Sluice is not running. The window goes on by itself as soon as it is.
window-start-engine = Start Sluice
window-close = Close
window-cancel = Cancel
window-undo = Undo

nodes-search = Search nodes
nodes-add = Add
nodes-add-clipboard = From the clipboard
nodes-add-file = From a file…
nodes-test = Test
nodes-test-all = Test all
nodes-stop-tests = Stop ({ $done } of { $all })
nodes-delete = Delete
nodes-edit = Edit
nodes-duplicate = Duplicate
nodes-share = Share
nodes-up = Move up
nodes-down = Move down
nodes-add-by-hand = By hand…
nodes-add-screen = From a QR code on the screen
nodes-add-subscription = From a subscription
nodes-clipboard-empty = The clipboard holds neither a text nor a QR code.
nodes-no-code = No QR code was found.

intake-title = Import nodes
intake-looking = Looking into it…
intake-from-elsewhere = Another program, such as a browser, has handed this over. Import it only if you wanted that.
intake-new = { $count } new
intake-known = { $count } in the list already
intake-refused = { $count } not understood
intake-row-new = New
intake-row-known = Known
intake-row-renamed = Renamed
intake-row-twice = Twice
intake-row-refused = Refused
intake-renamed = { $new } (here: { $old })
intake-settings = Take over the settings of the other program too
intake-list-added = Subscription added: { $address }
intake-import = { $count ->
    [0] Import
    [one] Import { $count } node
   *[other] Import { $count } nodes
}
drop-hint = Drop to import
drop-hint-text = Lists of links, configurations of other clients, and pictures with QR codes. You see what is in them first.

progress-by-gateway = asking through Sluice…
progress-directly = asking directly…
progress-bytes = { $bytes } so far
progress-of = { $bytes } of { $all }
progress-stop = Stop
nodes-allow-plugin = Allow the plugin { $plugin }
nodes-connect = Connect through this one
nodes-chosen = { $chosen } of { $all } chosen
nodes-removed = { $nodes ->
    [one] { $nodes } node removed
   *[other] { $nodes } nodes removed
}
nodes-name = Name
nodes-kind = Type
nodes-latency = Latency
nodes-today = Today
nodes-total = In all
nodes-in-use = In use
nodes-weight = Weight
nodes-tier = Tier
nodes-use = Use { $node }
nodes-weight-of = Weight of { $node }
nodes-tier-of = Tier of { $node }
nodes-group = { $group } ({ $nodes })
nodes-testing = testing…
nodes-failed = failed
nodes-none-found = No node matches
nodes-none-found-text = Search for a part of a name, an address, a group or a cipher.

welcome-title = Add your first server
welcome-text = Sluice needs at least one Shadowsocks, ShadowsocksR or SOCKS5 server. One of these ways will do:
welcome-clipboard = Paste links
welcome-clipboard-text = Copy ss:// or ssr:// links in your provider's page or another program, then press Ctrl+V here.
welcome-file = Open a file
welcome-file-text = A list of links, SIP008 JSON, or the configuration of another client, Clash's as well.

settings-appearance = Appearance
settings-theme = Theme
settings-theme-light = Light
settings-theme-dark = Dark

form-new = New node
form-change = Change node
form-save = Save
form-saved = Saved
form-known = This node is in the list already.
form-copy-of = { $node } (copy)
form-host = Server
form-port = Port
form-user = User
form-password = Password
form-reveal = Show
form-hide = Hide
form-cipher = Cipher
form-plugin = Plugin
form-plugin-options = Plugin options
form-choose = Choose
form-choose-group = Choose a group
form-no-plugin = None
form-protocol = Protocol
form-protocol-param = Protocol parameter
form-obfs = Obfs
form-obfs-param = Obfs parameter
form-group = Group
form-wrong-host = Wanted: a host name or an address, such as server.example or 192.0.2.1.
form-wrong-port = Wanted: a number from 1 to 65535.
form-wrong-password = Wanted: the server's password.
form-wrong-key = Wanted: the key of { $cipher }, in base64.
form-wrong-key-length = Wanted: a key of { $wanted } bytes in base64 for { $cipher }; this one has { $found }.
form-wrong-login = Wanted: a user and a password of 1 to 255 bytes each, or neither.
form-wrong-plugin = Wanted: the name of a program in PATH, without a path.

share-title = Share { $node }
share-nodes = { $nodes ->
    [one] { $nodes } node
   *[other] { $nodes } nodes
}
share-code = QR code of { $node }
share-link = Link
share-copy = Copy link
share-copied = Copied, with its password
share-save = Save picture…
share-warning = Whoever has this can use the server: it holds the password.

path-file = File
path-browse = Browse…
path-open = Open a file
path-open-action = Open
path-saved = Saved as { $file }

welcome-hand = Type it in
welcome-hand-text = Server, port, password and cipher, as your provider or your own server names them.

settings-start = Start
settings-silent-start = Say nothing when started with the session
settings-notices = Notices
settings-notices-text = What the tray tells on the desktop, once in five minutes for one cause.
settings-notices-members = A server was replaced or given up
settings-notices-pool = Fewer servers than wanted
settings-notices-network = Your network goes down or comes back
settings-notices-port = The port is taken
settings-notices-desktop = The desktop's proxy cannot be set
settings-notices-rules = No list of rules could be fetched
settings-notices-import = What an import did
settings-notices-subscription = What a subscription's update did
settings-port = Port
settings-port-text = The address that programs are told. Beyond this machine only with a user and a password.
settings-listen = Address and port
settings-http-listen = HTTP proxy alone
settings-limits = Limits
settings-seconds = seconds
settings-millis = milliseconds
settings-max-connections = Connections at once
settings-handshake-limit = For a client's request
settings-connect-limit = For a server to accept
settings-idle-limit = Without a byte (0: never)
settings-drain-limit = After a server's replacement
settings-programs = Programs of your own
settings-programs-text = Used in place of the built-in clients. Empty: built in.
settings-built-in = built in
settings-port-base = Lowest local port
settings-plugins = Plugins allowed to run
settings-excluded-ports = Ports never used
settings-backup = Backup
settings-backup-text = Settings, nodes, rules and subscriptions in one file. It holds passwords: give it one of its own.
settings-backup-take = Save a backup
settings-backup-restore = Restore a backup
settings-backup-undo = Undo the last restoration
settings-backup-password-text = A password for the file. Without one, whoever has the file can read all of it.
settings-backup-sealed = This backup is behind a password.
settings-backup-look = Restore this backup?
settings-backup-do = Restore
settings-backup-restored = All is as in the backup.
settings-go-on = Go on
settings-reset = Reset
settings-reset-text = Makes every setting be as at first. Nodes, subscriptions and your rules stay.
settings-reset-action = Reset settings…
settings-reset-ask = Reset all settings?
settings-reset-done = All settings are as at first.
settings-draft = Changed, and not applied yet
settings-apply = Apply
settings-applied = Applied
settings-discard = Discard
settings-wanted = Wanted: { $wanted }.
settings-about = About
settings-version = Sluice { $window }, engine { $engine }
settings-licence = Licence: { $licence }
settings-parts = It stands on the work of others: { $crates } crates.
settings-licences = Licences of the crates

draft-apply = Apply
draft-discard = Discard
draft-overtaken = This was changed elsewhere meanwhile. What you have typed is kept.
window-copy = Copy
want-address = An address that begins with http:// or https://
want-port = A number from 1 to 65535
want-other-port = A number from 1 to 65535, and another one than above
graph-nothing = Nothing went through in the last five minutes
graph-now = now
graph-ago = { $minutes } min ago
graph-span-ago = { $span } ago

## The page of load balancing

balance-on = Several servers at once
balance-is-on = Connections are spread, and a server that fails is replaced.
balance-is-off = Everything goes through one server.
balance-size = Servers at the same time
balance-serving = { $serving } of { $size } work now
balance-traffic = Traffic in the last five minutes
balance-graph = Traffic of the last five minutes by server. Now { $down } down and { $up } up.
balance-as-table = As a table
balance-column-member = Server
balance-column-down-now = ↓ now
balance-column-down-most = ↓ most
balance-column-down-sum = ↓ in all
balance-column-up-now = ↑ now
balance-column-up-most = ↑ most
balance-column-up-sum = ↑ in all
balance-since = for { $span }
balance-down = Down
balance-up = Up
balance-open = Open connections
balance-total = Connections in all
balance-first-byte = First byte
balance-check = Last check
balance-cpu = CPU
balance-failures = Failures
balance-why = Who serves a site, and why?
balance-why-host = Site
balance-why-ask = Ask
balance-why-text = Say a site, and see which server it gets now and who comes after it.
balance-why-not = { $node } takes no connections: { $state }, { $why }
balance-why-unmeasured = not measured yet
balance-why-turn = { $turn }. { $node }: { $open } open, first byte { $waits }
balance-health = How servers are checked
balance-health-text = A small page is fetched through each server. A page that fails is tried a second time with another one before anything happens.
balance-urls = Pages through servers
balance-direct-urls = Pages past servers
balance-statuses = Good answers (HTTP)
balance-schedule = Seconds between checks
balance-limit = Seconds for a check
balance-want-pages = At least one address, one a line, each beginning with http://
balance-want-statuses = Numbers from 100 to 599 such as 200, 204
balance-want-schedule = Numbers from 1 to 86400 such as 10, 60, 300; the last one repeats
balance-want-limit = A number from 1 to 120

## The page of rules

rules-mode = What goes through a server
rules-script-at = The script is at
rules-list-title = List of rules
rules-list-text = A list that others keep, in GFWList's format. It is fetched through a server, and directly where that fails.
rules-list-url = Address
rules-list-every = Fetched again after
rules-list-hours = hours; 0 for never by itself
rules-update = Update now
rules-updating = Fetching…
rules-updated = Updated
rules-no-list = There is no list yet
rules-list-age = { $rules ->
    [one] { $rules } rule, fetched { $span } ago
   *[other] { $rules } rules, fetched { $span } ago
}
rules-at-gateway = Also for programs
rules-at-gateway-text = Programs that read no script go by the rules too.
rules-when-down = Direct while down
rules-when-down-text = Browsers go past Sluice while it is down. Sites then see your own address.
rules-own-title = Your rules
rules-own-text = They come before the list. ||example.com means the domain and all below it, @@ before a rule means direct, ! begins a note.
rules-acl-title = Access list
rules-acl-text = Comes before all other rules, for every program: [proxy_list], [bypass_list] and [outbound_block_list] with networks and ||domains. Empty for none.
rules-acl-none = There is no access list
rules-acl-lan = Bypass local networks
rules-acl-lan-text = Adds this machine and the networks around it to what goes direct.
rules-acl-merge = Add a country's list…
rules-acl-merge-text = Adds the networks or domains in a file of yours to what goes direct.
rules-acl-added = { $count ->
    [one] { $count } entry added; it holds once you apply it
   *[other] { $count } entries added; they hold once you apply them
}
rules-read-again = Read again
rules-bad-line = Line { $line }: { $why }
rules-more-bad = { $count ->
    [one] and { $count } more line
   *[other] and { $count } more lines
}
rules-which = Which rule matches?
rules-which-url = Address or host
rules-which-ask = Check
rules-which-text = Say an address, and see which way it goes and by which rule.
sharing-title = Sharing the port
sharing-text = Other machines of your network may use Sluice, with a user name and a password.
sharing-who = May connect
sharing-here = This machine only
sharing-network = All machines of the network
sharing-port = Port
sharing-http = Port for HTTP alone
sharing-http-text = For programs that know no SOCKS5. The port above takes both.
sharing-http-port = HTTP port
sharing-login = Ask for a login
sharing-login-text = Every program is asked, those of this machine too.
sharing-user = User name
sharing-password = Password
sharing-reveal = Show
sharing-unchanged = unchanged
sharing-want-login = For other machines a login is needed
sharing-want-password = A user name and a password of up to 255 letters each
sharing-addresses = Other machines find Sluice here. The script (PAC) is for browsers and phones.
sharing-show-code = Show code
sharing-hide-code = Hide code
sharing-code = QR code of { $address }

## The page of activity

activity-list = List
activity-events = Events
activity-log = Log
activity-kind = Kind
activity-all = Everything
activity-members = Servers in use
activity-network = Network
activity-nodes = Nodes and subscriptions
activity-rules = Rules and desktop proxy
activity-engine = Engine and settings
activity-find = Find
activity-troubles = Warnings and errors only
activity-follow = Follow
activity-folder = Open folder
activity-diagnosis = Save diagnosis…
activity-diagnosis-text = One file for who looks for a fault: state, settings, events and log, without names, hosts, visited sites and passwords.
activity-no-events = No events
activity-no-log = No log
activity-none-text = Nothing has happened, or nothing that passes what you look for.
activity-click = { $text } (click to copy)

## The page of subscriptions

subscriptions-add = Add subscription…
subscriptions-update-all = Update all
subscriptions-updating = Updating…
subscriptions-updating-of = Updating: { $done } of { $all } done
subscriptions-fetching = Updating: { $progress }
subscriptions-none = No subscription yet
subscriptions-none-text = A provider's address brings its list of servers, and keeps it up to date.
subscriptions-add-title = Add a subscription
subscriptions-add-text = Nothing is added before you have seen what is there. The address is kept like a password.
subscriptions-url = Address
subscriptions-look = Look
subscriptions-name = Name
subscriptions-want-name = A name that no other subscription has
subscriptions-offer = { $count ->
    [one] { $count } server, { $new } of them new
   *[other] { $count } servers, { $new } of them new
}
subscriptions-known = (known already)
subscriptions-refused = { $count ->
    [one] { $count } entry cannot be used
   *[other] { $count } entries cannot be used
}
subscriptions-add-these = Add
subscriptions-edit-title = Edit { $name }
subscriptions-deed = { $deed } { $name }
subscriptions-update = Update
subscriptions-edit = Edit
subscriptions-remove = Remove
subscriptions-remove-title = Remove { $name }?
subscriptions-remove-text = Its nodes go with it. What you have added by hand stays.
subscriptions-nodes = { $count ->
    [one] { $count } node
   *[other] { $count } nodes
}
subscriptions-updated = updated { $span } ago
subscriptions-never = never updated
subscriptions-by-hand = updated by hand only
subscriptions-every = every { $hours } h
subscriptions-next = next in { $span }
subscriptions-failed = { $times ->
    [one] Failed: { $why }
   *[other] Failed { $times } times: { $why }
}
subscriptions-quota = Used of the plan: { $used }
subscriptions-ends = ends on { $day }
subscriptions-ended = ended on { $day }
