//! The engine's rooms together: what one alone does not show.

mod simulation;
mod wiring;
