//! The units of a load: there already, or registered.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde::Deserialize;

use super::{LoadError, http::HttpLink};
use crate::model::{IdError, UnitId};

/// Connections that register: the journal makes what comes together durable together.
const DESKS: usize = 32;

impl From<IdError> for LoadError {
    fn from(error: IdError) -> Self {
        Self::Answer { what: "unit", why: error.to_string() }
    }
}

/// The id of a unit of the load, by number: `load-0000001`.
///
/// # Errors
/// None for a number of at most fifty digits.
pub fn id(number: usize) -> Result<UnitId, IdError> {
    format!("load-{number:07}").parse()
}

/// What is known of the city.
#[derive(Debug, Deserialize)]
pub struct City {
    /// West, south, east, north in degrees.
    pub bbox: [f64; 4],
    organisations: Vec<Organisation>,
}

#[derive(Debug, Deserialize)]
struct Organisation {
    id: String,
    parent: Option<String>,
}

/// Asks for the city.
///
/// # Errors
/// [`LoadError`] when the server is not there or answers something else.
pub fn city(http: SocketAddr, token: Option<&str>) -> Result<City, LoadError> {
    let mut link = HttpLink::open(http, token)?;
    let request = link.request("GET", "/v1/city", None);
    let (_, body) = link.ask(&request)?;
    serde_json::from_slice(body).map_err(|error| LoadError::Answer { what: "/v1/city", why: error.to_string() })
}

/// Registers units by number, each an available patrol car of the city bureau; calls `told` after each.
///
/// # Errors
/// [`LoadError::Unit`] with what the server says of the first that it refuses.
pub fn register(http: SocketAddr, token: Option<&str>, city: &City, numbers: &[usize], told: impl Fn() + Sync) -> Result<(), LoadError> {
    let top = city.organisations.iter().find(|organisation| organisation.parent.is_none());
    let top = top.ok_or(LoadError::Answer { what: "/v1/city", why: "no organisation is at the top".to_owned() })?;
    let next = AtomicUsize::new(0);
    let desk = || {
        let mut link = HttpLink::open(http, token)?;
        while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
            let id = id(*number)?;
            let unit = serde_json::json!({"callsign": format!("L-{number}"), "kind": "patrol_car", "org": top.id, "status": "available"});
            let request = link.request("PUT", &format!("/v1/units/{id}"), Some(&unit.to_string()));
            let (status, body) = link.ask(&request)?;
            if !matches!(status, 200 | 201) {
                return Err(LoadError::Unit { unit: id.to_string(), why: String::from_utf8_lossy(body).into_owned() });
            }
            told();
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let desks: Vec<_> = (0..DESKS.min(numbers.len())).map(|_| scope.spawn(desk)).collect();
        desks.into_iter().try_for_each(|desk| desk.join().unwrap_or(Err(LoadError::Thread)))
    })
}
