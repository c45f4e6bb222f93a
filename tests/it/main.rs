//! Integration tests: the whole program with real servers and clients on loopback, without fixed ports.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
#![cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, unused_imports, reason = "many tests, for which the helpers are, need Linux")
)]

mod architecture;
mod backups;
mod broken_files;
mod busy;
mod cancellation;
mod changes;
mod cli;
mod client;
mod cluster;
mod connections;
mod corpus;
mod counterparts;
mod diagnosis;
mod docs;
#[cfg(target_os = "linux")]
mod doors;
mod engine;
#[cfg(target_os = "linux")]
mod exits;
mod failures;
#[cfg(target_os = "linux")]
mod fix;
mod foreign;
mod gateway;
mod handover;
mod import;
mod lab;
mod licences;
mod limits;
mod locales;
mod member;
mod network;
mod node_tests;
#[cfg(target_os = "linux")]
mod office;
#[cfg(target_os = "linux")]
mod pins;
mod plugins;
#[cfg(target_os = "linux")]
mod processes;
mod qr_codes;
#[cfg(unix)]
mod releases;
mod routes;
mod rule_files;
mod rule_list;
mod secrets;
#[cfg(target_os = "linux")]
mod service;
mod sharing;
#[cfg(target_os = "linux")]
mod smart;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod soak;
mod socks;
mod source;
mod ssr;
mod ssr_matrix;
mod structure;
mod subscriptions;
#[cfg(target_os = "linux")]
mod system_proxy;
#[cfg(target_os = "linux")]
mod take_over;
mod terminal;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod translation;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod tray;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod window;
