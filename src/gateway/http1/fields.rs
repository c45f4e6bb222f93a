//! The fields of a head: names and values unchanged and in order.

use bytes::Bytes;

use crate::model::route::PUBLIC_ONLY;

/// Fields for the next hop only, even if `Connection` does not list them (RFC 9110, section 7.6.1), and the ones that
/// this program uses internally.
const HOP_BY_HOP: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    PUBLIC_ONLY,
];

/// The fields of a head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::gateway) struct HttpFields(Vec<(Bytes, Bytes)>);

impl HttpFields {
    /// The number of fields.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Adds a field at the end.
    pub(in crate::gateway) fn push(&mut self, name: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.0.push((name.into(), value.into()));
    }

    /// Continues the value of the last field (RFC 9112, section 5.2).
    pub(super) fn continue_last(&mut self, more: &[u8]) {
        let Some((_, value)) = self.0.last_mut() else { return };
        let parts = [&value[..], more];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        *value = parts.join(&b' ').into();
    }

    /// All values of a field.
    pub(in crate::gateway) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Bytes> {
        let named = move |(other, _): &&(Bytes, Bytes)| other.eq_ignore_ascii_case(name.as_bytes());
        self.0.iter().filter(named).map(|(_, value)| value)
    }

    /// The first value of a field.
    pub(in crate::gateway) fn get<'a>(&'a self, name: &'a str) -> Option<&'a Bytes> {
        self.values(name).next()
    }

    /// The elements of a field that is a list.
    pub(in crate::gateway) fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let elements = self.values(name).flat_map(|value| value.split(|byte| *byte == b','));
        elements.map(<[u8]>::trim_ascii).filter(|element| !element.is_empty())
    }

    /// Whether a list has this element.
    pub(in crate::gateway) fn lists(&self, name: &str, element: &str) -> bool {
        self.list(name).any(|other| other.eq_ignore_ascii_case(element.as_bytes()))
    }

    /// Removes a field.
    pub(in crate::gateway) fn remove(&mut self, name: &str) {
        self.0.retain(|(other, _)| !other.eq_ignore_ascii_case(name.as_bytes()));
    }

    /// Sets a field: in the place of its first occurrence, or at the front.
    pub(in crate::gateway) fn set(&mut self, name: &'static str, value: impl Into<Bytes>) {
        let place = self.0.iter().position(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()));
        self.remove(name);
        self.0.insert(place.unwrap_or(0), (Bytes::from_static(name.as_bytes()), value.into()));
    }

    /// Removes all hop-by-hop fields.
    pub(in crate::gateway) fn remove_hop_by_hop(&mut self) {
        let listed: Vec<_> = self.list("connection").map(<[u8]>::to_vec).collect();
        self.0.retain(|(name, _)| {
            let is = |other: &[u8]| name.eq_ignore_ascii_case(other);
            !HOP_BY_HOP.iter().any(|other| is(other.as_bytes())) && !listed.iter().any(|other| is(other))
        });
    }

    /// Appends the fields and the final empty line.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.0 {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// Whether this is a token (RFC 9110, section 5.6.2), as names and methods are.
pub(in crate::gateway) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}
