//! The one owner of settings and truth.

mod handle;

pub use handle::Handle;
