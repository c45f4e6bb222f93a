//! The one owner of settings and truth.

mod handle;

#[cfg(test)]
pub(crate) use handle::Call;
pub use handle::Handle;
