//! Sluice.
pub mod cli;
pub mod control;
pub mod engine;
pub mod gateway;
pub mod logs;
pub mod model;
pub mod os;
pub mod pool;
