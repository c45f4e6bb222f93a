//! The ports of doors.

use std::sync::Arc;

use super::{ActivityLog, Listening, bind_fault};
use crate::gateway::{BindError, Bound, DoorPort};
use crate::model::{EventKind, Fault};

/// An open port of a door that is not served yet.
pub(in crate::engine) struct BoundDoor {
    name: Arc<str>,
    bound: Bound,
}

impl Listening {
    /// The ports of doors that are listening.
    pub(in crate::engine) fn door_ports(&self) -> Vec<DoorPort> {
        self.open.iter().flat_map(|open| open.handle.door_ports()).collect()
    }

    /// Binds the ports of these doors that are not open, before anything else changes. If a port of another door is in
    /// the way, that one is closed first, and opened again if one of the new ones fails.
    ///
    /// # Errors
    /// An address cannot be used.
    pub(in crate::engine) async fn bind_doors(
        &mut self,
        wanted: &[DoorPort],
        log: &mut ActivityLog,
    ) -> Result<Vec<BoundDoor>, Fault> {
        let open = self.door_ports();
        let (mut bound, mut closed) = (Vec::new(), Vec::new());
        for door in wanted.iter().filter(|door| !open.contains(door)) {
            let is_in_the_way = |other: &&DoorPort| other.addr.port() == door.addr.port() && !wanted.contains(other);
            if let Some(other) = open.iter().find(is_in_the_way) {
                closed.push(other.clone());
                let kept: Vec<_> = self.door_ports().into_iter().filter(|port| port != other).collect();
                if let Some(open) = &mut self.open {
                    open.handle.close_doors(&kept).await;
                }
            }
            match self.bind(door.addr) {
                Ok(port) => bound.push(BoundDoor { name: Arc::clone(&door.name), bound: port }),
                Err(error) => {
                    drop(bound);
                    self.open_again(closed, log);
                    return Err(bind_fault(&error));
                }
            }
        }
        Ok(bound)
    }

    fn open_again(&mut self, closed: Vec<DoorPort>, log: &mut ActivityLog) {
        for door in closed {
            match self.bind(door.addr) {
                Ok(bound) => self.serve_door(BoundDoor { name: door.name, bound }, log),
                Err(error @ BindError { .. }) => tracing::error!(%error, "the port of a door cannot be opened again"),
            }
        }
    }

    /// Serves these ports, and closes those of other doors.
    pub(in crate::engine) async fn serve_doors(
        &mut self,
        wanted: &[DoorPort],
        bound: Vec<BoundDoor>,
        log: &mut ActivityLog,
    ) {
        if let Some(open) = &mut self.open {
            open.handle.close_doors(wanted).await;
        }
        for door in bound {
            self.serve_door(door, log);
        }
        self.find_own_addresses();
    }

    fn serve_door(&mut self, BoundDoor { name, bound }: BoundDoor, log: &mut ActivityLog) {
        let Some(open) = &mut self.open else { return };
        log.note(EventKind::GatewayOpened { addr: bound.addr().to_string() });
        open.handle.open_door(name, bound);
    }
}
