//! Why something is not as it is wanted, each reason as a type that every language has words for.
//!
//! [`obstacle`] is what the system, TLS or HTTP say, [`exit`] how a program ended, [`failure`] where a check or
//! a start failed, [`signal`] what real traffic shows, [`reason`] why a member is as it is, [`unfetched`]
//! why a file of the web could not be had, [`broken`] what is wrong with a file of ours, [`line_error`]
//! with a line of rules, and [`cause`] whichever of them lies behind a fault. None repeats a secret.

pub mod broken;
pub mod cause;
pub mod exit;
pub mod failure;
pub mod line_error;
pub mod obstacle;
pub mod reason;
pub mod signal;
pub mod unfetched;
