//! The machine: where files live, who may run, what the system is asked for.

pub mod paths;
pub mod process;
pub mod single_instance;
