//! What the tests of this room share: members, servers and gateways to order.

pub(super) mod stub;
