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

## Errors

fault-detail = { $what }: { $detail }
failure-at = { $stage }: { $cause }
fault-unknown-node = there is no such node
fault-ambiguous-node = more than one node matches
fault-known-node = this node exists already
fault-no-node = there is no node to connect through
fault-port-in-use = the port is in use
fault-cannot-listen = cannot listen on this address
fault-invalid-setting = invalid setting
fault-nothing-imported = nothing was imported
fault-bad-rules = the rules are not valid
fault-list-not-fetched = the rule list could not be fetched; the current one stays in use
fault-unknown-subscription = there is no such subscription
fault-invalid-subscription = invalid subscription
fault-subscription-not-fetched = the node list could not be fetched
fault-no-desktop = no desktop with a system proxy setting was found; in a terminal, use
fault-desktop-proxy = the system proxy could not be changed
fault-backup = this backup cannot be used
fault-file = file error
fault-bad-message = invalid request
fault-too-large = too large: Sluice accepts up to about 60 MB at a time
fault-other-version = the engine is a different version
engine-stopping = the engine is stopping
engine-not-running = no engine is running
fault-no-engine = the engine could not be started
fault-no-answer = the engine does not respond
fault-ended = the engine has stopped
fault-broken = lost the connection to the engine
fault-not-understood = invalid response from the engine
fault-runs-already = the engine is already running
fault-no-take-over = the running engine cannot be taken over
fault-log = cannot write the log

stage-start = start
stage-configuration = configuration
stage-dns = DNS
stage-tcp = TCP
stage-plugin = plugin
stage-handshake = handshake or credentials
stage-destination = destination
stage-time-limit = time limit

eviction-crash-loop = its process exited { $exits } times within a minute, last with { $status }
health-checks-failed = health checks failed: { $failure }
eviction-start-failed = could not be started: { $failure }

## Imports

import-added = { $count ->
    [one] { $count } node imported
   *[other] { $count } nodes imported
}
import-known = { $count } already in the list
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
    [one] { $count } node, no changes
   *[other] { $count } nodes, no changes
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

strategy-smart = Smart: learns per site
strategy-sticky = One node per site
strategy-round-robin = Round robin
strategy-random = Random
strategy-least-connections = Least connections
strategy-least-cpu = Least CPU
strategy-fastest = Fastest
strategy-failover = Failover

mode-manual-text = Sluice leaves the system proxy alone. Set it in each app yourself.
mode-pac-text = Browsers use a PAC script: sites that match a rule go through a node, all others go direct.
mode-global-text = Everything except the local network goes through a node.
strategy-smart-text = A site keeps the node that serves it well, and leaves it if the site fails there or another one is clearly faster.
strategy-sticky-text = A site always gets the same node, so it always sees the same address.
strategy-round-robin-text = Nodes take turns; a node with more weight gets more connections.
strategy-random-text = Each connection goes to a random node; more weight means a better chance.
strategy-least-connections-text = Each connection goes to the node with the fewest open connections for its weight.
strategy-least-cpu-text = Each connection goes to the node whose process uses the least CPU on this computer.
strategy-fastest-text = Each connection goes to the node that responds fastest, by measured time and load.
strategy-failover-text = Everything goes through the first node that works; the others are standby.

## The status: the menu's first line and the tooltip

status-starting = Starting…
status-engine-stopped = The engine has stopped
status-error = Off: { $why }
status-no-node = Off · no nodes yet
status-off = Off
status-network-down = Your network is down
status-portal = Your network requires a login
status-connecting = Connecting…
status-failing = { $members ->
    [one] The node does not work
   *[other] None of { $members } nodes works
}
status-single = { $node } · { $latency }
status-cluster = Load balancing { $serving } of { $size }
status-rates = { $line } · ↓ { $down } ↑ { $up }

## The menu

menu-port = Port { $address }
menu-port-closed = The port is closed
menu-port-doors = { $port } · no working node: { $doors }
menu-connect = Connect
menu-disconnect = Disconnect
menu-start-engine = Start the engine
menu-load-balancing = Load balancing
menu-nodes = Nodes
menu-mode = Mode
menu-strategy = Strategy
menu-group = Group
menu-import = Import from clipboard
menu-scan = Scan QR code on screen
menu-update-subscriptions = Update subscriptions
release-available = Sluice { $version } is available
menu-stop-update = Stop updating subscriptions
menu-terminal = Copy terminal proxy command
menu-settings = Settings…
menu-activity = Activity…
menu-stop-fix = Cancel the test of the site
menu-no-failed-host = No host has failed
menu-other-site = Another site…
menu-language = Language
menu-language-system = System default
menu-start-at-login = Start at login
menu-quit = Quit
menu-quit-tray = Quit (engine keeps running)
menu-cannot = { $entry } ({ $why })
menu-all-nodes = All nodes
menu-ungrouped = Added manually
menu-excluded = excluded
menu-more-nodes = { $count } more in the window…

menu-why-no-node = import a node first
menu-why-none-chosen = choose a node first
menu-why-port-closed = connect first

## Notices

notice-replaced = { $new } replaces { $old }
notice-evicted = { $old } was removed from the pool
notice-short = Not enough working nodes
notice-short-text = { $have } of { $want } nodes are working and there are no more to try
notice-empty = No node is working
notice-door-unserved = No node of the door { $door } works
notice-door-unserved-text = Until one works again, its connections fail, or use other nodes if the door allows it
notice-door-served = The door { $door } works again
notice-empty-text = Connections will fail until a node works again
notice-network-down-text = Health checks are paused until it is back
notice-network-back = Your network is back
notice-port = The port is in use
notice-error = Something went wrong
notice-left-alone = Another program changed the system proxy
notice-left-alone-text = Sluice keeps that setting
notice-no-list = The rule list was not updated
notice-plugin = { $name } is waiting for your permission
notice-import = Import
notice-subscription-updated = { $name } was updated
notice-subscription-failed = { $name } could not be updated
notice-subscriptions-same = No changes
notice-no-longer-listed = Its provider no longer lists it
notice-suppressed = { $text } ({ $times } more since the last notification)
clipboard-empty = The clipboard has no text and no QR code
notice-screen-empty = No QR code found on the screen
notice-copied = Copied
notice-copied-text = Paste the command into a terminal
notice-no-panel = There is no system tray
notice-no-panel-text = On GNOME, install and enable the AppIndicator extension (gnome-shell-extension-appindicator)
notice-open-activity = Open activity
notice-no-window = The window could not be opened
notice-welcome = Sluice is running in the system tray

## The program sluice-tray

tray-no-display = no display; on a machine without a desktop, run `sluice serve`
tray-no-link = not a link that Sluice can open: expected ss://, ssr:// or ssconf://
tray-runs-already = the tray app is already running; look for its icon in the system tray

## Events

event-engine-started = the engine started, version { $version }
event-took-over = took over from the running engine, version { $version }; its open connections finish there
event-not-saved = not saved: { $why }
event-saved = all changes are saved again
event-not-applied = the settings could not be applied: { $why }
event-gateway-opened = listening on { $address }
event-gateway-closed = stopped listening
event-descriptors-exhausted = too many open files (limit { $limit }); new connections wait
event-connection-limit = connection limit reached ({ $limit }); new connections wait
event-logins-refused = { $count } wrong logins at the proxy port from { $address }
event-connected = connected through { $node }
event-disconnected = disconnected: no node is working
event-member-ready = { $node } is ready ({ $millis } ms)
event-member-exited = the process of { $node } exited ({ $status }); restarting in { $millis } ms
event-member-failed = { $node } failed to start: { $why }
event-member-suspected = { $node } may have a problem: { $why }
event-member-ejected = { $node } gets no new connections: { $why }
event-member-recovered = { $node } works again
event-member-evicted = { $node } was removed from the pool: { $why }
event-member-replaced = { $node } was replaced by { $new }: { $why }
event-pool-short = { $have } of { $want } nodes are working and there are no more to try
event-network-down = your network is down; health checks are paused until it is back
event-portal = your network requires a login
event-portal-at = your network requires a login at { $location }
event-network-back = your network is back
event-all-nodes-fail = { $members ->
    [one] the network is up, but the only node is not working
   *[other] the network is up, but none of { $members } nodes is working; all stay in use
}
event-mode-changed = mode set to { $mode }
event-settings-changed = settings changed: { $keys }
event-list-fetched = the rule list was updated: { $rules } rules
event-subscription-updated = { $name } was updated: { $changes }
event-subscription-failed = { $name } could not be updated: { $why }
event-subscription-removed = { $nodes ->
    [one] { $name } was removed, with { $nodes } node
   *[other] { $name } was removed, with { $nodes } nodes
}
event-chosen-node-replaced = { $old } is no longer listed; { $new } is used instead
event-selected-node-gone = { $node } is no longer listed; pins and doors to it have no node
event-proxy-set = system proxy set ({ $mode })
event-proxy-restored = system proxy restored
event-proxy-repaired = the system proxy was left over from the last run and has been restored
event-proxy-left-alone = another program changed the system proxy; Sluice leaves it alone
event-restored = backup restored: { $added } nodes added, { $removed } removed, { $changed } changed
event-plugin-not-allowed = { $node } waits: { $why }
event-node-removed = { $node } was removed
event-nodes-restored = { $nodes ->
    [one] { $nodes } node restored
   *[other] { $nodes } nodes restored
}
event-nodes-changed = the node list changed
event-pin-ended = the pin to { $to } has ended
event-door-unserved = none of the nodes of the door { $door } works
event-door-served = the door { $door } has a working node again
event-site-tried = { $site } through { $node }: { $result }
event-page-requested = the page { $page } was requested
event-file-last-good = { $file } is damaged ({ $problem }); it was kept as { $kept } and the last good version is used
event-file-defaults = { $file } is damaged ({ $problem }); it was kept as { $kept } and defaults are used
event-file-nothing = { $file } is damaged ({ $problem }); it was kept as { $kept } and its contents are lost

weakness-plaintext = not encrypted
weakness-broken-cipher = broken cipher
weakness-no-integrity = no integrity check
weakness-checksum-only = checksum only

network-unknown = unknown
network-up = up
network-down = down
network-portal = login required

## The command line

cli-not-running = no engine is running; start one with `sluice serve`
cli-off = off
cli-connected = { $members ->
    [one] connected through { $members } node
   *[other] connected through { $members } nodes
}
cli-no-member = on, no node is ready yet
cli-no-request-succeeded = on, no request has succeeded yet
cli-cluster = { $members ->
    [one] { $members } node, { $strategy }
   *[other] { $members } nodes, { $strategy }
}
cli-cluster-of-group = { $members ->
    [one] { $members } node of { $group }, { $strategy }
   *[other] { $members } nodes of { $group }, { $strategy }
}
cli-closed = { $address } (closed)
cli-gateway = { $address }, { $open } open, { $total } total
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
cli-on-address = { $state }; listening on { $address }
cli-no-nodes = no nodes yet; add some with `sluice import`
cli-no-tests = no nodes to test
cli-no-subscriptions = no subscriptions yet; add one with `sluice subscription add`
cli-subscription = { $name }: { $what }
cli-subscriptions-failed = { $all ->
    [one] { $failed } of { $all } subscription could not be updated
   *[other] { $failed } of { $all } subscriptions could not be updated
}
cli-offer = { $address } has { $nodes ->
    [one] { $nodes } node, to be named { $name }
   *[other] { $nodes } nodes, to be named { $name }
}
cli-test-failed = failed: { $why }
cli-yes = yes
cli-no = no
cli-import-line = line { $line }: { $why }
cli-import-server = entry { $server }: { $why }
cli-import-too-large = a node list may have at most { $limit }
cli-import-none = nothing imported, { $counts }
cli-import-not-found = neither a link nor a file
cli-unreadable = cannot read { $file }: { $why }
cli-unwritable = cannot write { $file }: { $why }
cli-diagnosed = written to { $file }; review it before you share it
cli-no-log = no log in { $folder }

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
column-release = release
column-node = node
column-door = door
column-member = member
column-name = name
column-group = group
column-country = country
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
column-ends = expires
column-known = known
column-turn = order
column-since = since
column-first-byte = first byte
column-why = why
column-id = id
column-program = program
column-host = host
column-rule = rule
column-age = age
column-up-rate = up/s
column-down-rate = down/s

cli-replayed = { $line }, { $replayed } replayed

## The node that serves a site

why-no-node = no node can serve { $site } now
why-served = { $site } goes through { $node } ({ $strategy }: { $rule })
why-served-by-pin = { $site } goes through { $node }, as a pin says ({ $pin })
why-served-by-door = { $site } goes through { $node }, as the door { $door } says
why-route = { $site }: { $way }
rules-script = in a browser that uses the PAC script: { $way }
rules-gateway = at the gateway: { $way }
rules-way = { $route } ({ $rule })
rules-pool = through a node
rules-direct = direct
rules-block = blocked
rules-none = no rule matches
rules-built-in = this computer and the local network
rules-user = your rules
rules-list = the rule list
rules-acl = the access list
rules-pins = the pins
sites-none = no sites are remembered yet
sites-column-site = site
sites-column-node = node
sites-column-first-byte = first byte
sites-column-why = why
pins-title = Pins
pins-text = A pin sends a site, a program or both to certain nodes, direct or nowhere. The first pin that matches applies, after the access list and before the rules.
pins-add = Add pin…
pins-dialog = Pin
pins-traffic = Site or program
pins-to = Goes to
pins-else = If none of them works
pins-else-any = any other node
pins-else-country = another node in its country
pins-else-group = another node of its group
pins-else-fail = the connection fails
pins-country = country { $country }
pins-group = group { $group }
pins-saved = { $traffic } is pinned
pins-button = { $action }: { $traffic }
pins-row = { $place }. { $traffic } → { $to }
pins-until = until { $until }
pins-else-short = otherwise { $fallback }
pins-none = no pins yet; add one with `sluice pin`
doors-title = Doors
doors-text = A door is a further port, or a user name at the main port, with nodes or a strategy of its own. Set a program to a door, and it always leaves through the door's nodes.
doors-add = Add door…
doors-dialog = Door
doors-listen = Address
doors-listen-text = Empty: only by the door's name as user name at the main port.
doors-pool = as load balancing
doors-at = { $address } → { $nodes }
doors-by-name = by user name → { $nodes }
doors-connections = { $open } open, { $total } in total
sites-title = Sites that Smart has learned
sites-learn = Remember sites
sites-learn-text = Only the strategy Smart uses this. Nothing leaves this computer.
sites-search = Search sites
sites-forget = Forget
sites-forget-all = Forget all sites
sites-forget-all-text = Each site begins anew on a node that does well. This cannot be undone.
sites-count = Sites: { $count }
sites-since = Since
sites-why = Why
pin-line = { $traffic } → { $to } (else { $fallback })
pin-line-no-node = { $traffic } → { $to }
pin-not-running = { $pin }: none of its nodes works now
pin-until = { $pin }, until { $until }
doors-none = no doors yet; add one with `sluice door add`
door-closed = its port is not open
door-by-strategy = by its strategy
door-no-node = none of its nodes works now
door-unused = unused; its nodes start with the first connection
door-working = working nodes: { $count }
rules-line = { $list }, line { $line }: { $text }
why-smart = the node that serves this site well
why-sticky = one node per site
why-round-robin = next in turn
why-random = random by weight
why-least-connections = fewest open connections for its weight
why-least-cpu = least CPU time
why-fastest = better of two by time to first byte and load
why-failover = first by tier and list order
why-assigned = the node assigned to the site
why-pinned = a pin names it
why-best-for-site = best for this site: { $time }
why-site-node = the site's node since its first connection
why-new-site = new site: this node did well of late
why-same-family = opened together with another site on this node
why-moved-faster = moved: faster than { $node } for this site
why-moved-failed = moved: this site failed on { $node }
why-moved-gone = moved: { $node } took no connections
why-site-fails = this site failed here
why-door = the door selects it
why-crowded = the node assigned to the site, but busy
why-suspect = tried last: { $reason }

## A site that does not work

site-status = status { $status } after { $time }
site-direct = without a node: { $result }
site-pinned = { $site } goes through { $node } until { $until }
site-verdict = { $site }: { $verdict }
site-works = it works
site-fails = it works neither through a node nor without one, while other sites load: the site is down, or blocked everywhere
site-refuses-nodes = it works without a node, but through none of the nodes, which load other sites
site-nodes-fail = no node loads other sites either
site-network-down = your own network is down
fix-title = This site does not work
fix-text = Requests the site through the nodes, two at a time, and sends it for a day to the first one that works.
fix-try = Try the nodes
fix-running = Trying the nodes…
fix-node-result = { $node }: { $result }

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
demo-requests = { $requests } requests, { $failed }; median { $half } ms, 99th percentile { $most } ms
demo-traffic = { $up } up, { $down } down; { $replaced }

## Codes, sharing, backups

scan-nothing = no QR code was found
scan-no-picture = no picture on the clipboard
scan-no-desktop = this build has no desktop support and cannot read the screen or the clipboard; specify a picture file
share-one-code = a QR code can contain only one node
share-nothing = no node can be shared in this format
share-left-out = SIP008 supports Shadowsocks only; skipped: { $nodes }
share-no-group = no nodes in group { $group }
export-loopback = the address must be a loopback address, because the program requires no login
export-left-out = skipped: { $node }: { $why }
export-nothing = no node can be exported
export-protocol = { $name } is not supported
export-method = the cipher, protocol or obfs { $name } is not supported
export-plugin = the plugin { $name } is not supported, or not with these options
backup-open = { $file } is not encrypted: it contains the passwords of your nodes
backup-sealed = { $file } is encrypted with a password
backup-password = Password:{" "}
backup-again = Repeat:{" "}
backup-not-the-same = the passwords do not match
backup-needs-password = the backup is encrypted; specify its password with --password -
backup-too-large = the file is too large for a backup
restore-question = Restore it? (y/n){" "}
restore-programs-question = Also restore the programs to run? Allow them only if you trust whoever made the backup. (y/n){" "}
restore-done = restored; `sluice restore --undo` undoes it
restore-not-done = nothing was restored
restore-made = backup from { $time }, Sluice { $version }
restore-setting = { $key }: { $from } → { $to }
restore-added = adds { $node }
restore-removed = removes { $node }
restore-changed = changes name, group, weight, tier or exclusion of { $node }
restore-reordered = changes the order of the nodes
restore-part = changes { $part }
restore-nothing = no changes
restore-program = does not restore a program to run, unless you allow it: { $change }
restore-unknown = skips { $part }, which this version does not support
preview-line = line { $line }
preview-server = entry { $server }
preview-new = new
preview-known = already there as { $node }
preview-refused = rejected: { $why }
preview-counts = result of an import: { $counts }

foreign-head = settings of the other program:
foreign-subscription = subscription { $name }: { $address }
foreign-subscription-unnamed = subscription: { $address }
foreign-left = skipped: { $name } ({ $why })
foreign-unsupported = Sluice has no such setting
foreign-needs-login = sharing the port requires a login: set gateway.login, then gateway.listen
foreign-in-the-tray = turn it on in the tray menu
foreign-invalid-value = the value is not valid here
foreign-question = Use these settings too? (y/n){" "}
foreign-imported = settings imported
foreign-not-imported = the settings in the file were not imported; use --settings to import them
foreign-not-added = { $address } was not added: { $why }
column-place = position
column-found = result
## Errors in detail

expected-number = a number from { $low } to { $high }
expected-any-number = a number
expected-boolean = true or false
expected-one-of = one of { $words }
expected-loopback = a loopback address, unless gateway.login is set
expected-other-port = a port other than that of gateway.listen
expected-address = an IP address and port such as 127.0.0.1:1080
expected-login-lengths = a user name and a password of 1 to 255 bytes each
expected-login = {"{"}"user":"…","password":"…"{"}"} or null
expected-web-address = an http:// or https:// address
expected-pages = at least one http:// address
expected-statuses = HTTP statuses such as [200, 204]
expected-schedule = seconds between checks such as [10, 60, 300]
expected-plain-text = up to 256 printable ASCII characters
expected-key = a key listed by `sluice get`
expected-at = { $key }: expected { $wanted }
expected-host = a host name
expected-address-or-host = an address or host name
expected-log-filter = a filter such as `sluice=debug,warn`
expected-pins = a JSON list of at most 200 pins such as `{ "{" }"site":"example.com","to":"country:JP","else":"any"{ "}" }`
expected-pinned-traffic = a host or domain, `app:PROGRAM`, or `app:PROGRAM@SITE`
expected-pin-target = `direct`, `block`, `country:CODE`, `group:NAME` or a node
expected-existing-pin = the site or program of a pin in the list
expected-known-site = a site that is remembered
expected-doors = a JSON list of at most 16 doors such as `{ "{" }"name":"jp","listen":"127.0.0.1:1081","to":"country:JP"{ "}" }`
expected-door-name = a name of letters, digits, `-`, `_` and `.`, at most 64 bytes
expected-new-door-name = a name that no other door has
expected-existing-door = the name of a door in the list
expected-door-target = a door needs a node, a group, a country or a strategy
expected-node-selector = `country:CODE`, `group:NAME` or a node
expected-country = a country code of two letters, such as JP
expected-not-in-access-list = a site on which the access list does not decide
expected-text = a text
expected-list = a list
expected-object = a JSON object
cause-at = { $place }: { $why }
cause-file = cannot { $doing } { $file }: { $why }
operation-read = read
operation-write = write
operation-set-aside = set aside
operation-remove = remove
operation-create = create
operation-use = use
cause-port-in-use = { $addr } is in use by { $program }
cause-line = { $file }, line { $line }: { $why }
cause-versions = the engine is version { $engine }, this program is version { $program }; restart the engine
cause-control-socket = cannot open the control socket: { $why }
plugin-request = the plugin { $plugin } is not allowed to run yet (options: { $options })
plugin-request-plain = the plugin { $plugin } is not allowed to run yet
cause-process = process { $pid }
cause-no-home = no home folder found; set one with --home
cause-not-private = other users have access to { $folder }
no-node-none-yet = no nodes yet; import one first
no-node-none-chosen = no node selected yet; choose one
no-node-all-excluded = all nodes are excluded from load balancing
no-node-none-of-group = no node of this group can be used
no-node-none-serves = none of the nodes in use is working
no-node-closed = not listening; connect first
desktop-settings = cannot access the system proxy settings: { $why }
desktop-not-accepted = the system did not accept the proxy setting { $setting }
desktop-lease = cannot access the file with the previous proxy settings: { $why }
desktop-watcher = cannot start the program that restores the proxy settings: { $why }
broken-ends-early = unexpected end of file at line { $line }, column { $column }
json-invalid = invalid JSON at line { $line }, column { $column }
broken-version = version { $found } is not supported (supported: 1 to { $known })
broken-wrong-value = wrong value, expected { $wanted }
broken-missing = { $key } is missing
broken-unknown = unknown field { $key }
broken-names = every subscription needs a unique name
backup-ends-early = unexpected end of file
backup-none = not a Sluice backup
backup-newer = made by a newer version of Sluice ({ $by }); update to restore it
backup-version = unknown backup version
backup-damaged = the file is damaged
backup-checksum = the checksum does not match: the file is damaged or was edited (to restore it anyway, remove its "sha256" entry)
backup-no-text = { $part }: expected text
backup-part = { $part }: { $why }
backup-line = { $part }, line { $line }: { $why }
backup-nothing-to-undo = nothing to undo
line-too-long = rule longer than { $bytes } bytes
line-everything = would match every address
line-no-domain = no domain
line-not-ascii = addresses contain no such character; write it as %XX
line-regex = invalid regular expression: { $why }
line-too-complex = too complex: a list may have fewer or shorter expressions
line-options = options are not supported: ${ $options }
line-element-hiding = element hiding rules are not supported
line-fragment = addresses are matched without # and the text after it
line-not-for-browsers = browsers do not support this regular expression
line-no-section = unknown section { $section }
line-before-section = entry before the first section
line-no-network = invalid network: { $network }
line-address-for-name = expected a domain, found an address: { $name }
line-no-name = invalid domain: { $name }

link-no-link = not a link
link-unsupported = { $scheme }:// is not supported
link-page = this is a web address; add it as a subscription
link-credentials = the part before the host is neither plain text nor base64
link-no-password = no password
link-login-length = user name and password must be 1 to 255 bytes each
link-cipher = unsupported cipher { $name }
link-cipher-unnamed = unsupported cipher
link-not-base64 = { $part } is not valid base64
link-part-whole = the link
link-part-password = the password
link-part-protocol-param = protoparam
link-part-obfs-param = obfsparam
link-parts = a ShadowsocksR link has six parts
link-ssr-method = unsupported ShadowsocksR cipher { $name }
link-ssr-method-unnamed = unsupported ShadowsocksR cipher
link-ssr-protocol = unsupported ShadowsocksR protocol { $name }
link-ssr-protocol-unnamed = unsupported ShadowsocksR protocol
link-ssr-obfs = unsupported ShadowsocksR obfs { $name }
link-ssr-obfs-unnamed = unsupported ShadowsocksR obfs
link-host = missing or invalid host
link-no-port = missing port
link-port = the port must be a number from 1 to 65535
link-path = unexpected text after the port
link-plugin = the plugin must be the name of a program
link-unknown-plugin = unsupported plugin { $name }
link-plugin-option = the plugin's option { $option } is not supported
link-transport = the transport option { $option } is not supported
link-websocket = the address of the WebSocket must begin with ws:// or wss://, without a user name
link-prefix = this prefix needs an AEAD method whose salt has at least 8 more bytes
key-empty = the password is empty
key-not-base64 = the key for { $cipher } is not valid base64
key-length = the key for { $cipher } has { $found } bytes, expected { $wanted }
seal-password = wrong password
seal-damaged = the file is damaged or truncated
seal-unknown = the file is not encrypted with a password, or in an unknown format
picture-none = not a supported picture (PNG, JPEG, GIF, BMP, WebP)
picture-damaged = the picture is damaged
picture-too-large = the picture is too large
code-too-long = too long for a QR code
clipboard-none = no clipboard available
clipboard-unusable = cannot access the clipboard: { $why }
screen-unusable = cannot capture the screen: { $why }
screen-none = no screen available
screen-no-leave = permission to capture the screen was denied

list-web-page = this is a web page, not a list of nodes
list-yaml = invalid YAML
list-yaml-at = invalid YAML at line { $line }
list-no-servers = no nodes found
list-provider = message from the provider: { $message }
list-too-many = { $servers } nodes; the limit is { $most }
list-too-large = too much data for a list of nodes

fetch-both = through Sluice: { $gateway }; directly: { $direct }
fetch-connect = cannot connect: { $cause }
fetch-time-limit = no complete response within { $seconds } s
fetch-status = the server responded with { $status }
fetch-too-large = the response is larger than { $mebibytes } MiB
fetch-no-response = no response: { $cause }
fetch-interrupted = the response was cut off: { $cause }
fetch-unpack = the response cannot be decompressed
fetch-no-release = the response does not describe a release
fetch-redirect-loop = redirect loop
fetch-too-many-redirects = too many redirects
fetch-insecure-redirect = redirect from https to http
fetch-own-port = the address is one of Sluice's own ports
fetch-local-redirect = the address redirects to this machine or a private network
fetch-invalid-url = invalid address

response-empty = empty response
response-not-text = the response is not text
response-version = SIP008 version { $version } is not supported (supported: 1)
response-no-usable-node = { $refused ->
    [one] no usable node; { $refused } entry was rejected: { $first }
   *[other] no usable node; { $refused } entries were rejected, the first because: { $first }
}
rule-list-web-page = the response is a web page, not a rule list
rule-list-not-base64 = the response is neither a rule list nor base64
rule-list-no-head = not a rule list: the first line is not [AutoProxy …] or [Adblock …]
rule-list-damaged = the rule list is damaged or truncated: wrong checksum
rule-list-empty = the rule list is empty

subscription-error-invalid-url = expected an http:// or https:// address
subscription-error-duplicate-url = this address is already added as { $name }
subscription-error-name = name: expected one line of up to { $most } bytes
subscription-error-duplicate-name = name: there is already a subscription { $name }
subscription-error-interval = interval: expected hours up to { $most }, or 0 to never update automatically

failure-no-response = no response within { $seconds } s
failure-silent = the server sent nothing for { $seconds } s
failure-status = the page returned { $status }
failure-unfinished = the page did not load in time
failure-unreached = the server is unreachable
failure-tls = the TLS handshake with the server failed
failure-no-websocket = the server did not open the WebSocket
failure-websocket-status = the server responded to the WebSocket handshake with HTTP status { $status }
failure-not-allowed = the server refused the request
failure-not-socks5 = not a SOCKS5 response
failure-interrupted = the page was cut off: { $cause }
failure-program = its program failed: { $cause }
failure-no-program = no such program: { $program }
failure-not-started = { $program } failed to start: { $why }
failure-ended = { $program } exited ({ $exit })
failure-ended-with-output = { $program } exited ({ $exit }): { $said }
failure-config-file = its configuration file: { $cause }
failure-own-port = the node's address is one of Sluice's own ports
failure-no-port = no local port available: { $cause }
failure-no-free-port = no free port from { $base } up
failure-port-taken = another program took its port
failure-not-understood = its program rejected the configuration (column { $column })
failure-method = unknown cipher `{ $method }`
failure-login = wrong user name or password
failure-not-ready = not ready after { $seconds } s
failure-unanswered = { $seen }, and a health check got no response
failure-again = { $seen }, repeatedly, although its health checks pass
failure-transfer-stalled = a transfer stops half-way, and not through other nodes
signal-closed-empty = closes connections without a response
signal-closed-alone = closed a connection that works through another node
signal-wrong-answer = responds to TLS with something else, like a login page
signal-silent = no response within its usual time
signal-stopped = a transfer stopped while transfers through other nodes went on
signal-stalled = transfers of several sites stopped while those through other nodes went on
signal-connect-failed = does not accept connections
signal-handshake-failed = handshake failed
system-error-refused = connection refused
system-error-reset = connection reset
system-error-closed = connection closed without a response
system-error-timed-out = timed out
system-error-no-route = no route to host
system-error-no-address = name not found
system-error-in-use = address already in use
system-error-addr-not-available = this computer has no such address
system-error-forbidden = permission denied
system-error-missing = no such file
system-error-already-exists = the file exists already
system-error-full = no space left on disk
system-error-too-large = file too large
system-error-read-only = read-only disk
system-error-no-folder = not a folder
system-error-folder = is a folder
system-error-no-program = not a program for this system
system-error-too-many-open = too many open files
system-error-no-memory = out of memory
system-error-unsupported = not supported by the system
system-error-not-http = not an HTTP response
system-error-missing-program = { $program } is not installed
system-error-hung-program = { $program } did not finish within { $seconds } s
system-error-no-home = no home folder found
system-error-package = managed by the installed package on this system
system-error-unfinished = incomplete response
system-error-unknown-issuer = certificate signed by an unknown authority
system-error-certificate-time = certificate expired or not yet valid
system-error-certificate-name = certificate is for another name
system-error-certificate = invalid certificate
system-error-tls = TLS handshake failed
exit-status = exit status { $status }
exit-signal = signal { $signal }
reason-restored = needed again
reason-removed = no longer needed
reason-surplus = more nodes than needed
reason-recovered = health checks pass again
reason-ended = its process exited ({ $exit })

## The window

mode-pac-short = PAC
page-nodes = Nodes
page-balance = Load balancing
page-connections = Connections
page-rules = Rules
page-subscriptions = Subscriptions
page-activity = Activity
page-settings = Settings
window-no-display = no display to open a window on
window-rates = ↓ { $down }  ↑ { $up }
window-engine-stopped = Sluice is not running. The window reconnects as soon as it is.
window-start-engine = Start Sluice
window-close = Close
window-cancel = Cancel
window-undo = Undo

nodes-search = Search nodes
nodes-add = Add
nodes-add-clipboard = From clipboard
nodes-add-file = From file…
nodes-test = Test
nodes-test-all = Test all
nodes-stop-tests = Stop ({ $done } of { $all })
nodes-delete = Delete
nodes-edit = Edit
nodes-duplicate = Duplicate
nodes-share = Share
nodes-up = Move up
nodes-down = Move down
nodes-add-manually = Enter manually…
nodes-add-screen = From QR code on screen
nodes-add-clients = From other clients
nodes-add-subscription = From subscription
nodes-no-code = No QR code found.

import-dialog-title = Import nodes
import-dialog-reading = Reading…
import-dialog-external = Another program, such as a browser, sent this. Import it only if you expected it.
import-dialog-new = { $count } new
import-dialog-refused = { $count } not valid
import-dialog-row-new = New
import-dialog-row-known = Exists
import-dialog-row-renamed = Renamed
import-dialog-row-twice = Duplicate
import-dialog-row-refused = Invalid
import-dialog-renamed = { $new } (here: { $old })
import-dialog-settings = Import the other program's settings too
import-dialog-list-added = Subscription added: { $address }
import-dialog-import = { $count ->
    [0] Import
    [one] Import { $count } node
   *[other] Import { $count } nodes
}
drop-hint = Drop to import
drop-hint-text = Link lists, configuration files of other clients, or pictures with QR codes. You can review everything before it is imported.

progress-by-gateway = requesting through Sluice…
progress-directly = requesting directly…
progress-bytes = { $bytes } so far
progress-of = { $bytes } of { $all }
progress-stop = Stop
nodes-allow-plugin = Allow the plugin { $plugin }
nodes-connect = Connect through this node
nodes-chosen = { $chosen } of { $all } selected
nodes-removed = { $nodes ->
    [one] { $nodes } node removed
   *[other] { $nodes } nodes removed
}
nodes-name = Name
nodes-kind = Type
nodes-country = Country
nodes-every-country = All countries
nodes-latency = Latency
nodes-today = Today
nodes-total = Total
nodes-in-use = In use
nodes-weight = Weight
nodes-tier = Tier
nodes-use = Use { $node }
nodes-weight-of = Weight of { $node }
nodes-tier-of = Tier of { $node }
nodes-group = { $group } ({ $nodes })
nodes-testing = testing…
nodes-failed = failed
nodes-none-found = No matching nodes
nodes-none-found-text = Search by name, address, group or cipher.

welcome-heading = Welcome to Sluice
welcome-intro = Sluice spreads your traffic over several proxy servers and replaces those that fail, so your connection stays up.
welcome-title = Add your first node
welcome-text = A node is a Shadowsocks, ShadowsocksR or SOCKS5 server. You can review everything before it is imported.
welcome-clipboard-text = Copy ss:// or ssr:// links from your provider's page first. Ctrl+V works too.
welcome-file-text = A list of links, SIP008 JSON, or the configuration of another client such as Clash.
welcome-screen-text = Show the code in a browser or chat, beside this window.
welcome-clients-text = Reads the files of Shadowsocks, ShadowsocksR and Clash clients on this computer. Nothing there is changed.
welcome-subscription-text = An address from your provider; its list is kept up to date.
welcome-no-clients = No files of other clients were found on this computer.
welcome-computer = On this computer
welcome-tray = Sluice runs in the system tray: click its icon to connect, switch nodes or open this window. Closing the window does not stop it.
welcome-extension = GNOME shows tray icons only with this extension.
welcome-extension-page = Get AppIndicator…
welcome-skip = Skip

settings-appearance = Appearance
settings-theme = Theme
settings-theme-light = Light
settings-theme-dark = Dark

form-new = New node
form-change = Edit node
form-save = Save
form-saved = Saved
form-known = This node is already in the list.
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
form-wrong-host = Enter a host name or address, such as server.example or 192.0.2.1.
form-wrong-port = Enter a number from 1 to 65535.
form-wrong-password = Enter the server's password.
form-wrong-key = Enter the key for { $cipher }, in base64.
form-wrong-key-length = { $cipher } needs a key of { $wanted } bytes in base64; this one has { $found }.
form-wrong-login = Enter a user name and a password of 1 to 255 bytes each, or neither.
form-wrong-plugin = Enter the name of a program in PATH, without a path.

share-title = Share { $node }
share-nodes = { $nodes ->
    [one] { $nodes } node
   *[other] { $nodes } nodes
}
share-code = QR code of { $node }
share-link = Link
share-copy = Copy link
share-copied = Copied (contains the password)
share-save = Save picture…
share-warning = Anyone who has this can use the server: it contains the password.

path-file = File
path-browse = Browse…
path-open = Open a file
path-open-action = Open
path-saved = Saved as { $file }

welcome-manual-text = Server, port, password and cipher, as given by your provider or your own server.

settings-start = Startup
settings-silent-start = No notification when started at login
settings-notices = Notifications
settings-notices-text = At most one notification every five minutes for the same cause.
settings-notices-members = A node was replaced or removed
settings-notices-pool = Not enough working nodes
settings-notices-network = The network goes down or comes back
settings-notices-port = The port is in use
settings-notices-desktop = The system proxy cannot be set
settings-notices-rules = The rule list cannot be fetched
settings-notices-import = Import results
settings-notices-subscription = Subscription update results
settings-port = Port
settings-port-text = The address your programs use. Beyond this computer, a user name and password are required.
settings-listen = Address and port
settings-http-listen = HTTP-only proxy
settings-metrics = Metrics and health
settings-limits = Limits
settings-seconds = seconds
settings-millis = milliseconds
settings-max-connections = Maximum connections
settings-handshake-limit = Client request timeout
settings-connect-limit = Connect timeout
settings-idle-limit = Idle timeout (0: none)
settings-drain-limit = Keep connections of a replaced node
settings-udp = UDP
settings-udp-text = A SOCKS5 server may ask for UDP to be sent to another address, on any machine.
settings-any-udp-relay = Send UDP where the SOCKS5 node asks for it
settings-programs = External programs
settings-programs-text = Used instead of the built-in clients. Leave empty for built-in.
settings-built-in = built in
settings-port-base = Lowest local port
settings-plugins = Plugins allowed to run
settings-excluded-ports = Excluded ports
settings-backup = Backup
settings-backup-text = Settings, nodes, rules and subscriptions in one file. It contains passwords, so protect it with one.
settings-backup-take = Save backup
settings-backup-restore = Restore backup
settings-backup-undo = Undo last restore
settings-backup-password-text = A password for the file. Without one, anyone who has the file can read everything in it.
settings-backup-sealed = This backup is encrypted with a password.
settings-backup-restore-question = Restore this backup?
settings-backup-confirm = Restore
settings-backup-programs = Also restore the programs to run: I trust whoever made the backup
settings-backup-restored = Backup restored.
settings-continue = Continue
settings-reset = Reset
settings-reset-text = Resets all settings to their defaults. Nodes, subscriptions and your rules are kept.
settings-reset-action = Reset settings…
settings-reset-question = Reset all settings?
settings-reset-done = All settings are back to their defaults.
settings-draft = Changed, not applied yet
settings-apply = Apply
settings-applied = Applied
settings-discard = Discard
settings-wanted = Expected: { $wanted }.
settings-about = About
settings-version = Sluice { $window }, engine { $engine }
settings-licence = Licence: { $licence }
settings-parts = Built with { $crates } open-source crates.
settings-licences = Third-party licences

draft-apply = Apply
draft-discard = Discard
draft-outdated = This was changed elsewhere in the meantime. What you typed is kept.
window-copy = Copy
input-address = Enter an address that begins with http:// or https://
input-port = Enter a number from 1 to 65535
input-other-port = Enter a number from 1 to 65535, different from the port above
graph-nothing = No traffic in the last five minutes
graph-now = now
graph-ago = { $minutes } min ago
graph-span-ago = { $span } ago

## The page of load balancing

balance-on = Use several nodes at once
balance-is-on = Connections are spread over the nodes; a failing node is replaced.
balance-is-off = Everything goes through one node.
balance-size = Nodes in use at once
balance-serving = { $serving } of { $size } working
balance-traffic = Traffic in the last five minutes
balance-graph = Traffic of the last five minutes by node. Now { $down } down and { $up } up.
balance-as-table = Show as table
balance-column-member = Node
balance-column-down-now = ↓ now
balance-column-down-most = ↓ peak
balance-column-down-sum = ↓ total
balance-column-up-now = ↑ now
balance-column-up-most = ↑ peak
balance-column-up-sum = ↑ total
balance-since = for { $span }
balance-down = Down
balance-up = Up
balance-open = Open connections
balance-total = Total connections
balance-first-byte = First byte
balance-check = Last check
balance-cpu = CPU
balance-failures = Failures
balance-why = Which node serves a site?
balance-why-host = Site
balance-why-check = Check
balance-why-text = Enter a site to see which node it uses now, and which come next.
balance-why-not = { $node } accepts no connections: { $state }, { $why }
balance-why-unmeasured = not measured yet
balance-why-turn = { $turn }. { $node }: { $open } open, first byte { $waits }
balance-health = Health checks
balance-health-text = Sluice fetches a small page through each node. If it fails, a second page is tried before anything happens.
balance-urls = Pages fetched through nodes
balance-direct-urls = Pages fetched directly
balance-transfer-url = Page for the test transfer
balance-transfer-bytes = Bytes of the test transfer (0: none)
balance-input-transfer-bytes = 0 to 1048576
balance-statuses = Accepted HTTP statuses
balance-schedule = Seconds between checks
balance-limit = Timeout in seconds
balance-input-pages = Enter at least one address, one per line, each beginning with http://
balance-input-statuses = Enter numbers from 100 to 599, such as 200, 204
balance-input-schedule = Enter numbers from 1 to 86400, such as 10, 60, 300; the last one repeats
balance-input-limit = Enter a number from 1 to 120

## The page of rules

rules-mode = System proxy
rules-script-at = PAC address:
rules-list-title = Rule list
rules-list-text = A public list in GFWList format. It is fetched through a node, or directly if that fails.
rules-list-url = Address
rules-list-every = Update every
rules-list-hours = hours; 0 to never update automatically
rules-update = Update now
rules-updating = Fetching…
rules-updated = Updated
rules-no-list = No list yet
rules-list-age = { $rules ->
    [one] { $rules } rule, fetched { $span } ago
   *[other] { $rules } rules, fetched { $span } ago
}
rules-at-gateway = Apply rules to all programs
rules-at-gateway-text = Also for programs that do not use the PAC script.
rules-when-down = Direct when Sluice is down
rules-when-down-text = Browsers then bypass Sluice, and sites see your own address.
rules-own-title = Your rules
rules-own-text = They take precedence over the list. ||example.com matches the domain and its subdomains, @@ in front means direct, ! starts a comment.
rules-acl-title = Access list
rules-acl-text = Takes precedence over all other rules, for every program: networks and ||domains in [proxy_list], [bypass_list] and [outbound_block_list]. Leave empty for none.
rules-acl-none = No access list
rules-acl-lan = Bypass local networks
rules-acl-lan-text = Adds this computer and the local networks to what goes direct.
rules-acl-merge = Add a country's list…
rules-acl-merge-text = Adds the networks or domains in a file of yours to what goes direct.
rules-acl-added = { $count ->
    [one] { $count } entry added; apply to use it
   *[other] { $count } entries added; apply to use them
}
rules-read-again = Reload
rules-bad-line = Line { $line }: { $why }
rules-more-bad = { $count ->
    [one] and { $count } more line
   *[other] and { $count } more lines
}
rules-which = Which rule matches?
rules-which-url = Address or host
rules-which-check = Check
rules-which-text = Enter an address to see which rule matches and where it goes.
sharing-title = Share with other devices
sharing-text = Other devices on your network can use Sluice with a user name and password.
sharing-who = Who can connect
sharing-here = This computer only
sharing-network = All devices on the network
sharing-port = Port
sharing-http = Separate HTTP port
sharing-http-text = For programs without SOCKS5 support. The port above accepts both.
sharing-http-port = HTTP port
sharing-login = Require login
sharing-login-text = For all programs, including those on this computer.
sharing-user = User name
sharing-password = Password
sharing-reveal = Show
sharing-unchanged = unchanged
sharing-input-login = Other devices require a login
sharing-input-password = Enter a user name and a password of up to 255 characters each
sharing-addresses = Other devices connect here. The PAC script is for browsers and phones.
sharing-show-code = Show QR code
sharing-hide-code = Hide QR code
sharing-code = QR code of { $address }

## The page of activity

activity-list = List
activity-events = Events
activity-log = Log
activity-kind = Kind
activity-all = All
activity-members = Nodes in use
activity-network = Network
activity-nodes = Nodes and subscriptions
activity-rules = Rules and system proxy
activity-engine = Engine and settings
activity-find = Find
activity-warnings = Warnings and errors only
activity-follow = Follow
activity-folder = Open folder
activity-diagnosis = Save diagnostics…
activity-diagnosis-text = One file for troubleshooting: state, settings, events and log, without names, hosts, visited sites or passwords.
activity-no-events = No events
activity-no-log = No log
activity-none-text = Nothing has happened yet, or nothing matches the filter.
activity-click = { $text } (click to copy)

## The page of subscriptions

subscriptions-add = Add subscription…
subscriptions-update-all = Update all
subscriptions-updating = Updating…
subscriptions-updating-of = Updating: { $done } of { $all } done
subscriptions-fetching = Updating: { $progress }
subscriptions-none = No subscriptions yet
subscriptions-none-text = Enter your provider's address to get its nodes and keep them up to date.
subscriptions-add-title = Add subscription
subscriptions-add-text = You can review the nodes before they are added. The address is kept secret like a password.
subscriptions-add-external = Another program, such as a browser, sent this address. Fetch it only if you expected it.
subscriptions-url = Address
subscriptions-fetch = Fetch
subscriptions-name = Name
subscriptions-input-name = Enter a name that no other subscription has
subscriptions-offer = { $count ->
    [one] { $count } node, { $new } new
   *[other] { $count } nodes, { $new } new
}
subscriptions-known = (already in the list)
subscriptions-refused = { $count ->
    [one] { $count } entry cannot be used
   *[other] { $count } entries cannot be used
}
subscriptions-add-these = Add
subscriptions-edit-title = Edit { $name }
subscriptions-action-of = { $deed } { $name }
subscriptions-update = Update
subscriptions-edit = Edit
subscriptions-remove = Remove
subscriptions-remove-title = Remove { $name }?
subscriptions-remove-text = Its nodes are removed too. Nodes you added yourself are kept.
subscriptions-nodes = { $count ->
    [one] { $count } node
   *[other] { $count } nodes
}
subscriptions-updated = updated { $span } ago
subscriptions-never = never updated
subscriptions-manual = updated manually
subscriptions-every = every { $hours } h
subscriptions-next = next in { $span }
subscriptions-failed = { $times ->
    [one] Failed: { $why }
   *[other] Failed { $times } times: { $why }
}
subscriptions-quota = Data used: { $used }
subscriptions-ends = expires on { $day }
subscriptions-ended = expired on { $day }

## Connections

connection-rule = { $list }, line { $line }
connection-only = only node
connection-pinned = pinned
connection-through-door = door { $door }
connection-of-door = by its door
connection-fastest = fastest of two
connection-crowded = assigned node is busy
connection-retried = { $node } could not connect
connection-replayed = replayed from { $node }
connection-open = open
connection-closed = closed
connection-reset = connection lost
connection-no-response = no response
connection-blocked = blocked
connection-failed = not connected
connection-no-node = no node ready
connection-no-door-node = no node of the door works
connection-cancelled = closed by you
connection-dropped = closed by Sluice
cli-connections-closed = { $count ->
    [one] { $count } connection closed
   *[other] { $count } connections closed
}
cli-connections-which = give connection numbers or one text

connections-none = No connections
connections-none-text = No program is connected through Sluice, or none matches the filter.
connections-every-program = All programs
connections-every-node = All nodes
connections-ended = Show closed
connections-group = Group by
connections-ungrouped = None
connections-by-program = Program
connections-by-site = Site
connections-by-node = Node
connections-open = { $count } open  { $rates }
connections-close-shown = Close all shown
connections-close = Close { $host }
connections-program = Program
connections-host = Host
connections-rule = Rule
connections-node = Node
connections-no-node = Without a node
connections-down = Down
connections-up = Up
connections-down-rate = Down/s
connections-up-rate = Up/s
connections-age = Age
connections-client = Client: { $client }
connections-fix = This site does not work…
connections-pin = Send this site another way…
connections-actions = Actions for { $host }
