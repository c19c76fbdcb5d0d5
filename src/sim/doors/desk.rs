//! The desk: what a dispatcher would type, and what crews say of their orders. Each change is one `PATCH /v1/units/{id}` or
//! `PATCH /v1/orders/{id}`, one after the other.

use hyper::body::Bytes;
use tokio::sync::mpsc;

use super::{Door, DoorError, HttpLink, Shared, within};
use crate::{
    model::{OrderState, Status, UnitId},
    sim::errands::Said,
};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patch {
    /// A unit's status.
    Status(UnitId, Status),
    /// A unit's alarm is over.
    AllClear(UnitId),
    /// What a unit says of its order.
    Said(Said),
}

/// The desk.
#[derive(Debug, Default)]
pub struct Desk {
    link: Option<HttpLink>,
    /// What was not answered: it is sent again. A second time does no harm.
    open: Option<Patch>,
}

async fn connect(shared: &Shared) -> Result<HttpLink, DoorError> {
    let stream = shared.connect(shared.http).await?;
    Ok(within(HttpLink::new(stream, shared.http, shared.token.as_deref())).await??)
}

impl Door for Desk {
    type Order = Patch;

    const PERISHES: bool = false;

    fn name(&self) -> String {
        "desk".to_owned()
    }

    async fn open(&mut self, shared: &Shared) -> Result<(), DoorError> {
        self.link = Some(connect(shared).await?);
        Ok(())
    }

    async fn serve(&mut self, shared: &Shared, orders: &mut mpsc::Receiver<Patch>) -> Result<(), DoorError> {
        loop {
            if self.open.is_none() {
                self.open = orders.recv().await;
            }
            let Some(patch) = &self.open else { return Ok(()) };
            if self.link.as_ref().is_none_or(HttpLink::is_closed) {
                self.link = Some(connect(shared).await?);
            }
            let link = self.link.as_mut().ok_or(DoorError::Closed)?;
            let (path, body) = match patch {
                Patch::Status(unit, status) => (format!("/v1/units/{unit}"), format!(r#"{{"status":"{status}"}}"#)),
                Patch::AllClear(unit) => (format!("/v1/units/{unit}"), r#"{"alarm":false}"#.to_owned()),
                Patch::Said(Said { order, state: OrderState::Ended }) => {
                    (format!("/v1/orders/{order}"), r#"{"state":"ended","reason":"done"}"#.to_owned())
                }
                Patch::Said(Said { order, state }) => (format!("/v1/orders/{order}"), format!(r#"{{"state":"{state}"}}"#)),
            };
            let status = within(link.status("PATCH", path.as_bytes(), Some(Bytes::from(body)))).await??;
            let count = if status.is_success() { &shared.stats.changes } else { &shared.stats.changes_failed };
            count.add(1);
            self.open = None;
        }
    }

    fn close(&mut self) {
        self.link = None;
    }
}
