# Every sentence of Sluice in English. The keys and their values are the same in every language.

## Numbers

unit-rate = { $size }/s
unit-millis = { $millis } ms
list-comma = ,{" "}

## What went wrong

fault-detail = { $what }: { $detail }
fault-unknown-node = there is no such node
fault-ambiguous-node = more than one node is meant by this
fault-no-node = there is no node to connect through
fault-port-in-use = the port is in use
fault-cannot-listen = the address cannot be listened on
fault-invalid-setting = the setting is not valid
fault-nothing-imported = nothing was imported
fault-file = a file could not be used
fault-bad-message = the engine did not understand
fault-other-version = the engine is of another version
fault-stopping = the engine is stopping

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

## States and strategies

state-starting = starting
state-serving = serving
state-suspect = suspect
state-ejected = ejected
state-restarting = restarting
state-draining = draining

strategy-sticky = One server per site
strategy-round-robin = Each in turn
strategy-random = Any
strategy-least-connections = Fewest connections
strategy-least-cpu = Least CPU time
strategy-fastest = Fastest answer
strategy-failover = First that works

## How things stand: the menu's first line and the tooltip

standing-starting = Starting…
standing-gone = The engine has ended
standing-trouble = Off: { $why }
standing-no-node = Off · no server yet
standing-off = Off
standing-network-down = Your network is down
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
menu-strategy = Strategy
menu-group = Group
menu-import = Import from clipboard
menu-terminal = Copy terminal proxy command
menu-language = Language
menu-language-system = As the system
menu-start-at-login = Start at login
menu-quit = Quit
menu-quit-tray = Quit (the engine goes on)
menu-cannot = { $entry } ({ $why })
menu-all-servers = All servers
menu-ungrouped = Added by hand
menu-excluded = left out
menu-more-servers = { $count } more: sluice connect NAME

why-no-node = import a server first
why-none-chosen = choose a server first
why-port-closed = connect first
why-no-engine = no engine is running

## Notices

notice-replaced = { $new } takes the place of { $old }
notice-evicted = { $old } left the pool
notice-short = Fewer servers than wanted
notice-short-text = { $have } of { $want } work and there is no further one
notice-empty = No server works
notice-empty-text = Connections fail until one works again
notice-network-down = Your network is down
notice-network-down-text = No server is given up until it is back
notice-network-back = Your network is back
notice-port = The port is in use
notice-trouble = That did not work
notice-import = Import
notice-untold = { $text } (and { $times } more since the last notice)
notice-clipboard-empty = There is no text in the clipboard
notice-copied = Copied
notice-copied-text = Paste the command into a terminal
notice-no-panel = No panel shows the icon
notice-no-panel-text = On GNOME, install and turn on the extension AppIndicator (gnome-shell-extension-appindicator)
notice-welcome = Sluice is in the panel

## The program sluice-tray

tray-no-display = there is no display; on a machine without a desktop run `sluice serve`
tray-runs-already = the tray is running already; look for its icon in the panel
