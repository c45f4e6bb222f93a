//! The program `sluice-tray`: has nothing to show yet.

fn main() {}
