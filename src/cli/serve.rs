//! `citygate serve`: brings everything up, in order, and down again.

use std::{
    io::{self, Write},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::Semaphore,
    task::JoinHandle,
};

use super::{certificates::Certificates, notify::Notify, provider};
use crate::{
    access::Action,
    bus::{Bus, StartError},
    city::{self, CityError},
    config::{Config, ConfigError, Jt808Mode},
    engine::{CityGate, Organisations, OrganisationsError, Roads, World},
    geography::Geography,
    identity::{Identity, IdentityError},
    import,
    ingest::{
        Gate,
        binary::{self, Admission, Doorkeeper},
        jt808::{self, AuthSecret, SessionConfig},
    },
    journal::{Journal, JournalError},
    server::{
        App,
        base_map::{BaseFile, BaseMap, BaseMapError},
        city::CityPages,
        cordons,
        drills::Drills,
        entry::Entry,
        front::{Facing, Front},
        health::{self, watch::Watch},
        listen::{self, BindError, ListenLimits},
        own::{Own, Scheme},
        question::APART_MAX,
        rates::Askers,
        stop::{Stop, Stopper, stop},
        stream::Hub,
    },
    telemetry::{self, TelemetryError},
    tls::{Tls, TlsError},
};

/// So long the thread that follows units on the roads rests between batches.
const ROADS_REST: Duration = Duration::from_millis(2);
/// How often histograms are folded, so that they do not grow while nobody asks for them.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// How often sessions and tokens are looked over: so long one that is over may keep its sockets.
const ACCESS_SWEEP: Duration = Duration::from_secs(10);

/// How long what still runs gets after everything was stopped.
const RUNTIME_TIMEOUT: Duration = Duration::from_millis(500);

/// How long connections get to end after the stop: less than the five seconds after which a service manager may kill.
const DOORS_TIMEOUT: Duration = Duration::from_secs(4);

/// The file of the state folder that holds the secret of JT/T 808 authentication codes.
const SECRET_FILE: &str = "jt808-secret";

/// Sockets and files beyond the connections: listeners, journal, data.
const FILES_SPARE: u64 = 256;

/// What `serve` takes. Flags win over the file.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where HTTP is served; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// Where JT/T 808 terminals connect; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS")]
    jt808: Option<SocketAddr>,
    /// Where gateways send binary fixes; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS")]
    gateway: Option<SocketAddr>,
    /// The folder of the city.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The roads, as `citygate import roads` wrote them, in place of the city's own.
    #[arg(long, value_name = "FILE")]
    roads: Option<PathBuf>,
    /// The folder that Citygate writes.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Nobody signs in: whoever reaches the loopback addresses may do everything.
    #[arg(long)]
    demo: bool,
    /// Print a code that makes one more administrator: for when the last one's password is lost. The first start prints one by itself.
    #[arg(long, conflicts_with = "demo")]
    set_up: bool,
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
    #[error("the city (--data): {0}")]
    City(#[from] CityError),
    /// The file of roads.
    #[error("the roads (--roads): {0}")]
    Roads(#[from] import::OpenError),
    /// The base map.
    #[error("configuration: {0}")]
    BaseMap(#[from] BaseMapError),
    /// The organisations of the city.
    #[error("organisations.json: {0}")]
    Organisations(#[from] OrganisationsError),
    /// An address.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Accounts and tokens.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The engine.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system refused threads, signals or sockets.
    #[error("the system refuses: {0}")]
    System(#[from] io::Error),
    /// The secret of this server at the provider of identities.
    #[error("cannot read {path} (access.oidc.client_secret_file): {source}")]
    ClientSecret {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The secret that terminals' authentication codes are made with.
    #[error("cannot read or make {path}: {source}")]
    Secret {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
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
        config.gateway.address = self.gateway.unwrap_or(config.gateway.address);
        config.data.folder = self.data.unwrap_or(config.data.folder);
        config.roads.file = self.roads.unwrap_or(config.roads.file);
        config.state.folder = self.state.unwrap_or(config.state.folder);
        config.access.demo |= self.demo;
        config.check()?;
        Ok(config)
    }
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// [`ServeError`] names what did not come up, and what to do.
pub fn run(arguments: ServeArguments) -> Result<(), ServeError> {
    let set_up = arguments.set_up;
    let config = arguments.configuration()?;
    telemetry::start_log(&config.log.filter, config.log.format)?;
    let metrics = telemetry::start_metrics()?;
    raise_file_limit(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(door_threads()).enable_all().build()?;
    let result = runtime.block_on(serve(config, metrics, set_up));
    runtime.shutdown_timeout(RUNTIME_TIMEOUT);
    result
}

/// One core is the writer's. On two cores, one thread that finds more to do each time it wakes costs a sixth less than two.
fn door_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() - 1).max(1)
}

/// Every terminal and every wall is an open file.
fn raise_file_limit(config: &Config) {
    let connections = config.http.connections_max + config.jt808.limits.connections_max + config.gateway.limits.connections_max;
    let wanted = connections as u64 + FILES_SPARE;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => {
            tracing::warn!(
                limit,
                wanted,
                "fewer files may be open than connections are configured: raise the limit (ulimit -n) or lower connections_max"
            );
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
}

async fn serve(config: Config, metrics: PrometheusHandle, set_up: bool) -> Result<(), ServeError> {
    // Signals first: one that comes while the journal is replayed is not lost.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let access = config.access.is_on();
    // Ports before data: one that is in use is told at once.
    let http = listen::bind(config.http.address, "--http", config.http.exposure(access)?)?;
    let terminals = listen::bind(config.jt808.address, "--jt808", config.jt808.exposure(access))?;
    let gateways = listen::bind(config.gateway.address, "--gateway", config.gateway.exposure(access)?)?;
    let tls = Certificates::open(&config)?;
    let (http_address, jt808_address, gateway_address) = (http.local_addr()?, terminals.local_addr()?, gateways.local_addr()?);
    let (stopper, stop) = stop();
    let app = start(&config, metrics, stop)?;
    let notify = Notify::from_environment()?;
    let tasks = background(&app, tls.clone(), notify.clone())?;
    let secret = secret(&config.state.folder)?;
    let doors = [
        tokio::spawn(serve_http(http, tls.http.clone(), app.clone(), &config, config.http.own(http_address.port())?)),
        tokio::spawn(serve_jt808(terminals, &app, &config, secret)),
        tokio::spawn(binary::serve(
            gateways,
            admission(&app, tls.gateway, &config),
            app.gate.clone(),
            config.gateway.limits,
            app.stop.watch(),
        )),
    ];
    let scheme = if tls.http.is_some() { "https" } else { "http" };
    let mut lines = vec![format!("http {scheme}://{http_address}"), format!("jt808 {jt808_address}"), format!("gateway {gateway_address}")];
    lines.extend(set_up_code(&app, &format!("{scheme}://{http_address}"), set_up));
    lines.push("ready".to_owned());
    announce(&lines);
    notify.say("READY=1");
    on_roads(&app);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    notify.say("STOPPING=1");
    end(app, stopper, doors, tasks).await;
    Ok(())
}

/// Reads the city, replays the journal, starts the engine.
fn start(config: &Config, metrics: PrometheusHandle, stop: Stop) -> Result<App, ServeError> {
    let city = if config.roads.file.as_os_str().is_empty() {
        city::load(&config.data.folder)?
    } else {
        city::load_with(&config.data.folder, import::open(&config.roads.file)?)?
    };
    let pages = CityPages::load(&config.data.folder, &city)?;
    let base = Some(&config.map.pmtiles).filter(|path| !path.as_os_str().is_empty());
    let base_map = base.map(|path| BaseFile::open(path).map(BaseMap::new)).transpose()?;
    let gate =
        |gate: city::Gate| CityGate { id: gate.id, name: gate.name, at: gate.at, bearing_deg: gate.bearing_deg, junction: gate.junction };
    let gates = city.gates.into_iter().map(gate).collect();
    let roads = Roads::new(city.roads, &config.roads.paces.paces(), config.roads.movement());
    let world = World::new(Organisations::new(city.organisations)?, Geography::new(city.zones), config.contact);
    let world = Arc::new(world.with_roads(roads).with_gates(gates));
    let journal = Journal::open(&config.state.folder)?;
    let secure = config.http.own(config.http.address.port())?.scheme != Scheme::Http;
    let identity = Identity::open(&config.state.folder, config.access.limits())?;
    let entry = Entry::new(identity, provider::open(&config.access.oidc)?, config.access.demo, secure);
    let (bus, started) = Bus::start(world, journal, city.units, config.bus)?;
    tracing::info!(replayed = started.replayed, registered = started.registered, "the journal is replayed");
    Ok(App {
        entry: Arc::new(entry),
        gate: Arc::new(Gate::new(bus.clone(), config.ingest)),
        bus,
        city: Arc::new(pages),
        base_map: base_map.map(Arc::new),
        coverage: Arc::default(),
        desks: Arc::default(),
        proposals: Arc::default(),
        drills: Arc::new(Drills::new(&config.data.folder, &config.roads.file)),
        apart: Arc::new(Semaphore::new(APART_MAX)),
        rooms: Arc::default(),
        hub: Arc::new(Hub::new(config.bus.tick_ms, config.stream.units_max)),
        sockets: config.stream.sockets(),
        askers: Arc::new(Askers::new(config.http.rate)),
        pages: config.http.pages(config.access.oidc.is_on()),
        state: config.state.folder.as_path().into(),
        looks: Arc::default(),
        watch: Arc::new(Watch::new(&config.state.folder)),
        meters: Arc::default(),
        metrics,
        stop,
    })
}

/// The secret of the state folder, made at the first start: terminals keep their authentication codes over a restart.
fn secret(state: &Path) -> Result<AuthSecret, ServeError> {
    let path = state.join(SECRET_FILE);
    let wrong = |source| ServeError::Secret { path: path.clone(), source };
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| wrong(io::Error::other("it has not 16 bytes: remove it, and terminals register again"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let bytes: [u8; 16] = rand::random();
            // Readable by its owner alone: who knows it can speak for every terminal.
            let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            file.and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all())).map_err(wrong)?;
            Ok(bytes)
        }
        Err(error) => Err(wrong(error)),
    };
    bytes.map(AuthSecret::new)
}

/// What is done for questions by road on threads of their own, which may end with the process. Answers are the same without.
fn on_roads(app: &App) {
    let (finder, follower) = (app.bus.world().clone(), app.bus.world().clone());
    let find = move || {
        let start = Instant::now();
        finder.roads().find_landmarks();
        tracing::info!(took_ms = start.elapsed().as_millis(), "landmarks are found: searches by road look in the right direction");
    };
    let follow = move || {
        loop {
            follower.roads().follow();
            std::thread::sleep(ROADS_REST);
        }
    };
    let threads =
        [std::thread::Builder::new().name("landmarks".into()).spawn(find), std::thread::Builder::new().name("roads".into()).spawn(follow)];
    for error in threads.into_iter().filter_map(Result::err) {
        tracing::warn!(%error, "no thread for the roads: searches by road stay slower");
    }
}

/// What runs beside the doors.
fn background(app: &App, tls: Certificates, notify: Notify) -> io::Result<Vec<JoinHandle<()>>> {
    app.hub.start(app.bus.subscribe(), app.bus.world())?;
    let metrics = app.metrics.clone();
    let upkeep = tokio::spawn(async move {
        let mut times = tokio::time::interval(METRICS_UPKEEP);
        loop {
            times.tick().await;
            metrics.run_upkeep();
        }
    });
    Ok(vec![
        upkeep,
        tokio::spawn(cordons::watch(app.clone())),
        tokio::spawn(health::watch::watch(app.clone())),
        tokio::spawn(sweep(app.clone())),
        tokio::spawn(tls.watch(signal(SignalKind::hangup())?)),
        tokio::spawn(notify.watchdog(app.bus.clone())),
    ])
}

/// Ends sessions and tokens that are over.
async fn sweep(app: App) {
    let mut times = tokio::time::interval(ACCESS_SWEEP);
    loop {
        times.tick().await;
        let now = app.bus.now();
        // A problem is logged where it is made.
        let _swept = app.entry.work(move |identity| identity.sweep(now)).await;
    }
}

fn serve_http(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    app: App,
    config: &Config,
    own: Own,
) -> impl Future<Output = ()> + Send + use<> {
    let seconds = |s: u32| Duration::from_secs(u64::from(s));
    let limits = ListenLimits {
        connections_max: config.http.connections_max,
        head_timeout: seconds(config.http.head_timeout_s),
        write_timeout: seconds(config.http.write_timeout_s),
    };
    let stop = app.stop.clone();
    let facing = Facing { own, request_timeout: seconds(config.http.request_timeout_s), log: config.log.requests };
    listen::serve(listener, tls, Front::new(app, facing), limits, stop)
}

fn serve_jt808(listener: TcpListener, app: &App, config: &Config, secret: AuthSecret) -> impl Future<Output = ()> + Send + use<> {
    let session = SessionConfig { strict: config.jt808.mode == Jt808Mode::Strict, datum: config.jt808.datum.into(), secret };
    jt808::serve(listener, app.gate.clone(), session, config.jt808.limits, app.stop.watch())
}

/// How gateways are let in: by a certificate, else by a token; in the demo by nothing.
fn admission(app: &App, tls: Option<Arc<Tls>>, config: &Config) -> Admission {
    let by_certificate = !config.gateway.tls.client_ca.as_os_str().is_empty();
    let (entry, bus) = (app.entry.clone(), app.bus.clone());
    let knows = move |token: &str| {
        let known = entry.identity.by_token(token, bus.now()).ok().filter(|known| known.pass.may(Action::SendFixes))?;
        tracing::info!(actor = %known.pass.actor, "a gateway is let in");
        Some(known.ends)
    };
    let doorkeeper = (config.access.is_on() && !by_certificate).then(|| Doorkeeper(Arc::new(knows)));
    Admission { tls, doorkeeper }
}

/// What makes an administrator, where there is none or one more is wanted: for whoever started this alone, and never in the log.
fn set_up_code(app: &App, http: &str, wanted: bool) -> Option<String> {
    let wanted = wanted || (!app.entry.demo && app.entry.identity.is_new());
    let code = wanted.then(|| app.entry.identity.set_up_code());
    code.map(|code| format!("set-up code {code} makes an administrator, once: {http}/signin"))
}

/// Tells whoever started this where it is. Nobody reading is no fault.
fn announce(lines: &[String]) {
    let mut out = io::stdout().lock();
    let _told = lines.iter().try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush());
}

/// No new connections, goodbye to the open ones, the journal's last commit, in this order; within five seconds.
async fn end(app: App, stopper: Stopper, doors: [JoinHandle<()>; 3], tasks: Vec<JoinHandle<()>>) {
    stopper.stop();
    let closed = async {
        for door in doors {
            if let Err(error) = door.await {
                tracing::error!(%error, "a door ended badly");
            }
        }
        app.sockets.closed().await;
    };
    if tokio::time::timeout(DOORS_TIMEOUT, closed).await.is_err() {
        tracing::warn!("connections did not end in time and are cut");
    }
    for task in tasks {
        task.abort();
    }
    let bus = app.bus.clone();
    if let Err(error) = tokio::task::spawn_blocking(move || bus.stop()).await {
        tracing::error!(%error, "the engine ended badly");
    }
}
