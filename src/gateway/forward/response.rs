//! An origin's response in the form for the client. Pure: nothing is sent here.

use super::body::BodyEncoding;
use super::request::{ClientTerms, keep_upgrade, set_framing};
use crate::gateway::http1::{BodyFraming, ResponseHead};

/// The head of a response in the form for the client, the encoding of its body, and whether the client may send another
/// request.
pub(super) fn outgoing_response(
    mut head: ResponseHead,
    framing: BodyFraming,
    terms: ClientTerms,
) -> (Vec<u8>, BodyEncoding, bool) {
    let upgrade = head.fields.get("upgrade").cloned().filter(|_| head.status == 101);
    head.fields.remove_hop_by_hop();
    let mut terms = terms;
    let mut encoding = BodyEncoding::Plain;
    match (framing, terms.minor) {
        (BodyFraming::Empty, _) if matches!(head.status, 100..200 | 204) => head.fields.remove("content-length"),
        // A response to HEAD, or 304, has the length of the body that it omits.
        (BodyFraming::Empty, _) => {}
        (BodyFraming::Length(_), _) => set_framing(&mut head.fields, framing),
        (BodyFraming::Chunked | BodyFraming::UntilClose, 0) => {
            head.fields.remove("content-length");
            terms.keeps_alive = false;
        }
        (BodyFraming::Chunked | BodyFraming::UntilClose, _) => {
            set_framing(&mut head.fields, BodyFraming::Chunked);
            encoding = BodyEncoding::Chunked;
        }
    }
    match upgrade {
        Some(protocol) => keep_upgrade(&mut head.fields, Some(protocol)),
        // Only the final response decides whether the connection is kept.
        None if head.is_interim() => {}
        None => {
            if let Some(connection) = terms.connection() {
                head.fields.push("Connection", connection);
            }
        }
    }
    (head.to_bytes(terms.minor), encoding, terms.keeps_alive)
}
