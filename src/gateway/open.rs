//! Choosing and connecting: candidates one after another, before the client is told anything.
