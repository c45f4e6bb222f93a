//! Sluice.
pub mod engine;
pub mod gateway;
pub mod model;
pub mod os;
pub mod pool;
