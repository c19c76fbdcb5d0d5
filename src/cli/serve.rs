//! `citygate serve`: brings everything up, in order, and down again.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use clap::Args;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};

use crate::{
    bus::{Bus, StartError},
    config::{Config, ConfigError},
    engine::{Organisations, OrganisationsError, World},
    geography::Geography,
    ingest::Gate,
    journal::{Journal, JournalError},
    server::{
        App,
        city::{CityError, CityPages},
        listen::{self, BindError, ListenLimits},
        routes,
        stop::{Stopper, stop},
        stream::Hub,
    },
    telemetry::{self, TelemetryError},
};

/// How often histograms are folded, so that they do not grow while nobody asks for them.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// How long what still runs gets after everything was stopped.
const RUNTIME_TIMEOUT: Duration = Duration::from_millis(500);

/// Sockets and files beyond the connections: listeners, journal, data.
const FILES_SPARE: u64 = 256;

/// What `serve` takes. Flags win over the file.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where HTTP is served: a loopback address; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// Where JT/T 808 terminals connect: a loopback address; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS")]
    jt808: Option<SocketAddr>,
    /// The folder of the city.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The folder that Citygate writes.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

/// Why the server did not come up.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The configuration is wrong.
    #[error("configuration: {0}")]
    Config(#[from] ConfigError),
    /// Logs or metrics.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// A file of the city.
    #[error("{0}; give the folder of a city with --data")]
    City(#[from] CityError),
    /// The organisations of the city.
    #[error("organisations.json: {0}")]
    Organisations(#[from] OrganisationsError),
    /// An address.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system refused threads, signals or sockets.
    #[error("the system refuses: {0}")]
    System(#[from] io::Error),
    /// Temporary.
    #[error("{0}")]
    Load(String),
}

impl ServeArguments {
    /// The configuration: the file, then the flags.
    fn configuration(self) -> Result<Config, ConfigError> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        config.http.address = self.http.unwrap_or(config.http.address);
        config.jt808.address = self.jt808.unwrap_or(config.jt808.address);
        config.data.folder = self.data.unwrap_or(config.data.folder);
        config.state.folder = self.state.unwrap_or(config.state.folder);
        config.check()?;
        Ok(config)
    }
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// [`ServeError`] names what did not come up, and what to do.
pub fn run(arguments: ServeArguments) -> Result<(), ServeError> {
    let config = arguments.configuration()?;
    telemetry::start_log(&config.log.filter)?;
    let metrics = telemetry::start_metrics()?;
    raise_file_limit(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(serve(config, metrics));
    runtime.shutdown_timeout(RUNTIME_TIMEOUT);
    result
}

/// Every terminal and every wall is an open file.
fn raise_file_limit(config: &Config) {
    let wanted = (config.http.connections_max + config.jt808.connections_max) as u64 + FILES_SPARE;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => {
            tracing::warn!(limit, wanted, "fewer files may be open than connections are configured: raise the limit (ulimit -n) or lower connections_max");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
}

async fn serve(config: Config, metrics: PrometheusHandle) -> Result<(), ServeError> {
    // Signals first: one that comes while the journal is replayed is not lost.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // Ports before data: one that is in use is told at once.
    let listener = listen::bind(config.http.address)?;
    let address = listener.local_addr()?;
    let (stopper, stop) = stop();
    let app = start(&config, metrics, stop)?;
    let tasks = background(&app);
    let http = tokio::spawn(http(listener, app.clone(), &config, address.port()));
    announce(&[format!("http http://{address}"), "ready".to_owned()]);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    end(app, stopper, http, tasks).await;
    Ok(())
}

/// Reads the city, replays the journal, starts the engine.
fn start(config: &Config, metrics: PrometheusHandle, stop: crate::server::stop::Stop) -> Result<App, ServeError> {
    let city = CityPages::load(&config.data.folder)?;
    let (organisations, zones, units) = super::load::load(&config.data.folder).map_err(ServeError::Load)?;
    let world = Arc::new(World::new(Organisations::new(organisations)?, Geography::new(zones), config.contact));
    let journal = Journal::open(&config.state.folder)?;
    let (bus, started) = Bus::start(world, journal, &units, config.bus)?;
    tracing::info!(replayed = started.replayed, registered = started.registered, "the journal is replayed");
    Ok(App {
        gate: Arc::new(Gate::new(bus.clone(), config.ingest)),
        bus,
        city: Arc::new(city),
        hub: Arc::new(Hub::new(config.stream.ticks_behind_max)),
        sockets: config.stream.sockets(),
        metrics,
        stop,
    })
}

/// What runs beside the doors.
fn background(app: &App) -> [JoinHandle<()>; 2] {
    let (hub, ticks, world) = (app.hub.clone(), app.bus.subscribe(), app.bus.world().clone());
    let encoder = tokio::spawn(async move { hub.run(ticks, &world).await });
    let metrics = app.metrics.clone();
    let upkeep = tokio::spawn(async move {
        let mut times = tokio::time::interval(METRICS_UPKEEP);
        loop {
            times.tick().await;
            metrics.run_upkeep();
        }
    });
    [encoder, upkeep]
}

fn http(listener: TcpListener, app: App, config: &Config, port: u16) -> impl Future<Output = ()> + Send + use<> {
    let limits = ListenLimits {
        connections_max: config.http.connections_max,
        head_timeout: Duration::from_secs(u64::from(config.http.head_timeout_s)),
    };
    let stop = app.stop.clone();
    listen::serve(listener, routes::router(app, port), limits, stop)
}

/// Tells whoever started this where it is. Nobody reading is no fault.
fn announce(lines: &[String]) {
    let mut out = io::stdout().lock();
    let _told = lines.iter().try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush());
}

/// No new connections, goodbye to the open ones, the journal's last commit, in this order; within five seconds.
async fn end(app: App, stopper: Stopper, http: JoinHandle<()>, tasks: [JoinHandle<()>; 2]) {
    stopper.stop();
    let (served, ()) = tokio::join!(http, app.sockets.closed());
    if let Err(error) = served {
        tracing::error!(%error, "the HTTP server ended badly");
    }
    for task in tasks {
        task.abort();
    }
    let bus = app.bus.clone();
    if let Err(error) = tokio::task::spawn_blocking(move || bus.stop()).await {
        tracing::error!(%error, "the engine ended badly");
    }
}
