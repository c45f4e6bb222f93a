//! Whole tests: the program as a user meets it, against real counterparts on loopback.

mod cli;
