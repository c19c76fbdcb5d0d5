//! Who listens: asks the server which orders are open and which roads are closed, whenever it is told to.

use hyper::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::mpsc;

use super::{Door, DoorError, HttpLink, Shared, within};
use crate::{
    engine::Closure,
    model::{ClosureId, Drawn, Timestamp},
    sim::errands::Given,
};

/// Things on one page: some 400 bytes each, well below what an answer may have.
const PAGE: usize = 1_000;

/// What was heard.
#[derive(Debug)]
pub struct Heard {
    /// All open orders.
    pub orders: Vec<Given>,
    /// All that is closed or slow.
    pub closures: Vec<Closure>,
}

#[derive(Deserialize)]
struct Orders {
    orders: Vec<Given>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Closures {
    closures: Vec<Shut>,
    next: Option<String>,
}

/// A closure as the server tells it, as far as drivers need to know.
#[derive(Deserialize)]
struct Shut {
    id: ClosureId,
    #[serde(rename = "where")]
    place: Drawn,
    heading_deg: Option<f64>,
    factor: Option<f32>,
    reason: String,
    until: Option<Timestamp>,
}

/// Asks, and hands on what it hears.
#[derive(Debug)]
pub struct Ears {
    link: Option<HttpLink>,
    heard: mpsc::Sender<Heard>,
}

impl Ears {
    /// Hands on to `heard`; what is not taken there in time is left out.
    #[must_use]
    pub const fn new(heard: mpsc::Sender<Heard>) -> Self {
        Self { link: None, heard }
    }
}

/// All pages of a list.
async fn all<P: DeserializeOwned, T>(
    link: &mut HttpLink,
    list: &str,
    open: impl Fn(P) -> (Vec<T>, Option<String>),
) -> Result<Vec<T>, DoorError> {
    let mut path = format!("{list}?limit={PAGE}");
    let mut found = Vec::new();
    loop {
        let refused = |why: String| DoorError::Refused(format!("GET {path}: {why}"));
        let (status, body) = within(link.read("GET", path.as_bytes(), None)).await??;
        if status != StatusCode::OK {
            return Err(refused(status.to_string()));
        }
        let (page, next) = open(serde_json::from_slice(&body).map_err(|error| refused(error.to_string()))?);
        found.extend(page);
        // Cursors are ids: nothing in them needs an escape.
        let Some(next) = next else { return Ok(found) };
        path = format!("{list}?limit={PAGE}&cursor={next}");
    }
}

impl From<Shut> for Closure {
    fn from(Shut { id, place, heading_deg, factor, reason, until }: Shut) -> Self {
        Self { id, place, heading_deg, factor, reason, until, org: None }
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
        self.link = Some(within(HttpLink::new(stream, shared.http, shared.token.as_deref())).await??);
        Ok(())
    }

    async fn serve(&mut self, _: &Shared, orders: &mut mpsc::Receiver<()>) -> Result<(), DoorError> {
        while let Some(()) = orders.recv().await {
            let link = self.link.as_mut().ok_or(DoorError::Closed)?;
            let orders = all(link, "/v1/orders", |Orders { orders, next }| (orders, next)).await?;
            let closures = all(link, "/v1/roads/closures", |Closures { closures, next }| (closures, next)).await?;
            // Whoever has not taken what was heard before takes that first; the next answer says it again.
            let _ = self.heard.try_send(Heard { orders, closures: closures.into_iter().map(Closure::from).collect() });
        }
        Ok(())
    }

    fn close(&mut self) {
        self.link = None;
    }
}
