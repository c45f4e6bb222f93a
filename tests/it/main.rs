//! Whole tests: the program as a user meets it, against real counterparts on loopback, no fixed port.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod architecture;
mod backups;
mod broken_files;
mod cancels;
mod changes;
mod cli;
mod client;
mod cluster;
mod codes;
mod corpus;
mod counterparts;
#[cfg(target_os = "linux")]
mod desktop;
mod diagnosis;
mod documents;
mod engine;
mod failures;
mod foreign;
mod gateway;
mod import;
mod lab;
mod licences;
mod limits;
mod lists;
mod locales;
mod member;
mod network;
mod plugins;
#[cfg(target_os = "linux")]
mod processes;
mod routes;
mod rule_texts;
mod secrets;
mod sharing;
mod socks;
mod source;
mod ssr;
mod ssr_matrix;
mod structure;
mod subscriptions;
mod terminal;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod tray;
mod verdicts;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod window;
#[cfg(all(target_os = "linux", feature = "desktop"))]
mod words;
