//! The machine: where files live, who may run, what the system is asked for.

pub mod cpu;
pub mod descriptors;
pub mod network;
pub mod paths;
pub mod port_holder;
pub mod process;
pub mod single_instance;
pub mod system_proxy;
