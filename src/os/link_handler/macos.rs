//! macOS, where the installed package registers the handler.

use std::io;

use super::LinkHandler;
use crate::model::SystemError;

pub(super) fn register(_handler: &LinkHandler) -> io::Result<()> {
    Err(by_the_package())
}

pub(super) fn unregister(_handler: &LinkHandler) -> io::Result<()> {
    Err(by_the_package())
}

fn by_the_package() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, SystemError::Package)
}
