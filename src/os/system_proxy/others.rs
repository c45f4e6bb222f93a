//! Systems without a supported desktop.

use std::io;

use super::Desktop;

pub(super) fn is_present(_desktop: Desktop) -> bool {
    false
}

pub(super) fn scopes(_desktop: Desktop) -> io::Result<Vec<String>> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn read(_desktop: Desktop, _key: &str) -> io::Result<Option<String>> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn write(_desktop: Desktop, _key: &str, _value: Option<&str>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn announce(_desktop: Desktop) {}
