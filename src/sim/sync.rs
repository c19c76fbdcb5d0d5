//! What the server says of the units before anything moves.

use hyper::StatusCode;
use serde::Deserialize;
use tokio::time::{Duration, Instant, sleep};

use super::{
    doors::{DoorError, HttpLink, Shared},
    fleet::Fleet,
};
use crate::model::{Status, UnitId, UnitSpec};

/// Between two looks whether the server is ready.
const LOOK: Duration = Duration::from_millis(300);
/// After this the operator is told what is waited for.
const TELL: Duration = Duration::from_secs(2);
/// Units of one page: some 400 bytes each, well below what an answer may have.
const PAGE_UNITS: usize = 1_000;

#[derive(Deserialize)]
struct Page {
    features: Vec<Feature>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    id: UnitId,
    status: Status,
}

async fn open(shared: &Shared) -> Result<HttpLink, DoorError> {
    let stream = shared.connect(shared.http).await?;
    Ok(HttpLink::new(stream, shared.http, shared.token.as_deref()).await?)
}

async fn is_ready(shared: &Shared) -> Result<bool, DoorError> {
    let mut link = open(shared).await?;
    Ok(link.status("GET", b"/readyz", None).await? == StatusCode::OK)
}

/// Waits until the server is ready.
pub(super) async fn wait_ready(shared: &Shared, tell: impl Fn(&str)) {
    let start = Instant::now();
    let mut told = false;
    while !is_ready(shared).await.unwrap_or(false) {
        if !told && start.elapsed() > TELL {
            tell(&format!("waiting for the server at http://{}", shared.http));
            told = true;
        }
        sleep(LOOK).await;
    }
}

/// Takes over the statuses that the server has: it remembers them when it is started again. Gives how many units it knows.
///
/// # Errors
/// [`DoorError`] when the server does not answer as it should; the fleet then has some of the statuses.
pub(super) async fn take_statuses(shared: &Shared, units: &[UnitSpec], fleet: &mut Fleet) -> Result<usize, DoorError> {
    let numbers: std::collections::HashMap<&UnitId, usize> = units.iter().map(|unit| &unit.id).zip(0..).collect();
    let mut link = open(shared).await?;
    let mut path = format!("/v1/units?limit={PAGE_UNITS}");
    let mut known = 0;
    loop {
        let (status, body) = link.read("GET", path.as_bytes(), None).await?;
        if status != StatusCode::OK {
            return Err(DoorError::Refused(format!("GET {path}: {status}")));
        }
        let page: Page = serde_json::from_slice(&body).map_err(|error| DoorError::Refused(format!("GET {path}: {error}")))?;
        for Feature { properties: Properties { id, status } } in page.features {
            if let Some(unit) = numbers.get(&id) {
                fleet.set_status(*unit, status);
                known += 1;
            }
        }
        // Cursors are ids: nothing in them needs an escape.
        let Some(next) = page.next else { return Ok(known) };
        path = format!("/v1/units?limit={PAGE_UNITS}&cursor={next}");
    }
}
