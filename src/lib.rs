//! Sluice.
pub mod engine;
pub mod gateway;
pub mod model;
