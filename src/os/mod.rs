//! The operating system: paths, files, processes, limits, network, desktop. Everything that differs
//! between systems, and all `unsafe` code, is here.

pub mod accept;
#[cfg(feature = "desktop")]
pub mod app_id;
pub mod atomic_file;
#[cfg(feature = "desktop")]
pub mod autostart;
pub mod client_program;
#[cfg(feature = "desktop")]
pub mod clipboard;
pub mod clock;
pub mod command;
#[cfg(all(feature = "desktop", any(windows, test)))]
mod command_line;
pub mod connect;
pub mod cpu;
pub mod datagrams;
#[cfg(target_os = "linux")]
pub mod descriptor_messages;
pub mod descriptors;
#[cfg(all(feature = "desktop", target_os = "linux"))]
mod desktop_entry;
#[cfg(feature = "desktop")]
pub mod display;
pub mod file_identity;
#[cfg(feature = "desktop")]
pub mod folders;
#[cfg(windows)]
mod handle;
#[cfg(feature = "desktop")]
pub mod link_handler;
pub mod memory;
pub mod network;
#[cfg(feature = "desktop")]
pub mod notify;
#[cfg(feature = "desktop")]
pub mod open;
pub mod output_lines;
pub mod paths;
pub mod port_holder;
pub mod process;
#[cfg(windows)]
mod registry;
#[cfg(feature = "desktop")]
pub mod screenshot;
pub mod service_manager;
#[cfg(target_os = "linux")]
pub mod shared_counters;
pub mod signals;
pub mod single_instance;
pub mod system;
pub mod system_error;
pub mod system_proxy;
pub mod take_over;
#[cfg(target_os = "linux")]
pub mod tcp_info;
pub mod thread_time;
pub mod tls;
