//! What every route needs, cheap to clone.

use std::{path::Path, sync::Arc, time::Duration};

use super::{
    base_map::BaseMap,
    city::CityPages,
    cordons::{Desks, Proposals},
    coverage::{Keeper, Looked},
    drills::Drills,
    entry::Entry,
    health::watch::Watch,
    looks::Looks,
    measure::Meters,
    rates::Askers,
    rooms::Rooms,
    sockets::Sockets,
    stop::Stop,
    stream::Hub,
};
use crate::{
    access::Pass,
    bus::Bus,
    engine::{Organisations, SeenWorld},
    ingest::Gate,
    model::UnitId,
    reach::ReachError,
};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

/// The limits of the stream and of all WebSockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamLimits {
    /// The most WebSockets at once, walls and reporters together.
    pub sockets_max: usize,
    /// A socket that takes no message for this long is closed, seconds.
    pub write_timeout_s: u32,
    /// A socket from which nothing came for this long is closed, seconds.
    pub idle_timeout_s: u32,
    /// A view of more units than these is told how many there are, by part of the map, in their place.
    pub units_max: u32,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self { sockets_max: 2_000, write_timeout_s: 10, idle_timeout_s: 60, units_max: 25_000 }
    }
}

impl StreamLimits {
    /// The places for sockets.
    #[must_use]
    pub fn sockets(&self) -> Sockets {
        let seconds = |s: u32| Duration::from_secs(u64::from(s));
        Sockets::new(self.sockets_max, seconds(self.write_timeout_s), seconds(self.idle_timeout_s))
    }
}

/// Pages that not everybody needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// `/metrics`.
    pub metrics: bool,
    /// `/docs`, `/openapi.json` and `/asyncapi.json`.
    pub docs: bool,
    /// Those by which browsers go to a provider of identities and come back.
    pub provider: bool,
}

impl Pages {
    /// Whether there is a page at a path.
    #[must_use]
    pub fn has(self, path: &str) -> bool {
        match path {
            "/metrics" => self.metrics,
            "/docs" | "/openapi.json" | "/asyncapi.json" => self.docs,
            "/signin/provider" | "/signin/callback" => self.provider,
            _ => true,
        }
    }
}

/// What every route needs.
#[derive(Debug, Clone)]
pub struct App {
    /// Who may come in.
    pub entry: Arc<Entry>,
    /// Questions and commands.
    pub bus: Bus,
    /// Where fixes go.
    pub gate: Arc<Gate>,
    /// The city's files, ready to be sent.
    pub city: Arc<CityPages>,
    /// The base map, where the site has one.
    pub base_map: Option<Arc<BaseMap>>,
    /// How much of the city is reached in time.
    pub coverage: Arc<Keeper>,
    /// Where plans of cordons are made.
    pub desks: Arc<Desks>,
    /// What cordons that leak should be: shared, so that it is found once for all who ask.
    pub proposals: Arc<Proposals>,
    /// The scenarios of the city, and places to play them: shared, so that the limit is one for the process.
    pub drills: Arc<Drills>,
    /// Places for questions that are answered apart: shared, so that the limit is one for the process.
    pub apart: Arc<Semaphore>,
    /// What the walls of each room show: shared, so that all of them hear the same.
    pub rooms: Arc<Rooms>,
    /// Where walls get their ticks: shared, so that a tick is encoded once for all of them.
    pub hub: Arc<Hub>,
    /// The places for WebSockets: shared, so that the limit is one for the process.
    pub sockets: Sockets,
    /// How often each address asks: shared, so that it is counted once whatever door it asks at.
    pub askers: Arc<Askers>,
    /// Which pages there are beside the wall.
    pub pages: Pages,
    /// The state folder, for what is searched in the journal.
    pub state: Arc<Path>,
    /// Who looked at whom: shared, so that a look is on record once whatever door it comes by.
    pub looks: Arc<Looks>,
    /// What the counters said a minute ago: shared, so that they are read once for all who ask how the server is.
    pub watch: Arc<Watch>,
    /// The questions' meters: shared, so that they are found once.
    pub meters: Arc<Meters>,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    /// Heard by every socket, so that it says goodbye.
    pub stop: Stop,
}

impl App {
    /// The organisations: everybody's.
    #[must_use]
    pub fn organisations(&self) -> &Organisations {
        self.bus.world().organisations()
    }

    /// The world as the bearer of a pass sees it: the one way from a door to an answer.
    #[must_use]
    pub fn seen(&self, pass: &Pass) -> SeenWorld<'_> {
        let world = self.bus.world();
        world.seen_by(world.sight(pass.org.as_ref()))
    }

    /// Whether there is a unit, seen or not: for the audit trail, and for no answer.
    #[must_use]
    pub fn has_unit(&self, id: &UnitId) -> bool {
        self.bus.world().unit(id).is_some()
    }

    /// The coverage now, by the units that the bearer of a pass sees.
    ///
    /// # Errors
    /// None but a fault of the server's own.
    pub fn covered(&self, pass: &Pass) -> Result<Looked<'_>, ReachError> {
        self.coverage.now(self.bus.world(), &self.seen(pass), self.bus.now())
    }
}
