//! The engine's rooms together.

mod simulation;
#[cfg(unix)]
mod turns;
mod wiring;
