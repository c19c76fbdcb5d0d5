//! Who listens for orders: asks the server which are open, whenever it is told to.

use hyper::StatusCode;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::{Door, DoorError, HttpLink, Shared, within};
use crate::sim::errands::Given;

/// Orders of one page: some 400 bytes each, well below what an answer may have.
const PAGE_ORDERS: usize = 1_000;

#[derive(Deserialize)]
struct Page {
    orders: Vec<Given>,
    next: Option<String>,
}

/// Asks for the open orders, and hands on what it hears.
#[derive(Debug)]
pub struct Ears {
    link: Option<HttpLink>,
    heard: mpsc::Sender<Vec<Given>>,
}

impl Ears {
    /// Hands on to `heard`; what is not taken there in time is left out.
    #[must_use]
    pub const fn new(heard: mpsc::Sender<Vec<Given>>) -> Self {
        Self { link: None, heard }
    }
}

async fn open_orders(link: &mut HttpLink) -> Result<Vec<Given>, DoorError> {
    let mut path = format!("/v1/orders?limit={PAGE_ORDERS}");
    let mut open = Vec::new();
    loop {
        let refused = |why: String| DoorError::Refused(format!("GET {path}: {why}"));
        let (status, body) = within(link.read("GET", path.as_bytes(), None)).await??;
        if status != StatusCode::OK {
            return Err(refused(status.to_string()));
        }
        let page: Page = serde_json::from_slice(&body).map_err(|error| refused(error.to_string()))?;
        open.extend(page.orders);
        // Cursors are ids: nothing in them needs an escape.
        let Some(next) = page.next else { return Ok(open) };
        path = format!("/v1/orders?limit={PAGE_ORDERS}&cursor={next}");
    }
}

impl Door for Ears {
    /// Ask.
    type Order = ();

    fn name(&self) -> String {
        "ears".to_owned()
    }

    async fn open(&mut self, shared: &Shared) -> Result<(), DoorError> {
        let stream = shared.connect(shared.http).await?;
        self.link = Some(within(HttpLink::new(stream, shared.http)).await??);
        Ok(())
    }

    async fn serve(&mut self, _: &Shared, orders: &mut mpsc::Receiver<()>) -> Result<(), DoorError> {
        while let Some(()) = orders.recv().await {
            let link = self.link.as_mut().ok_or(DoorError::Closed)?;
            let open = open_orders(link).await?;
            // Whoever has not taken what was heard before takes that first; the next answer says it again.
            let _ = self.heard.try_send(open);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.link = None;
    }
}
