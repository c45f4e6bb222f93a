//! The engine's rooms together: what one alone does not show.

mod simulation;
#[cfg(unix)]
mod turns;
mod wiring;
