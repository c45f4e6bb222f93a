//! Sluice.
pub mod engine;
pub mod gateway;
pub mod model;
pub mod node;
pub mod os;
