//! The dashboard: how an account stands, and its stop, for a phone. It is a client of the control socket and a reader
//! of the journal: it has no state of the account, and what it does is what `host status` and `host kill` do. A run on
//! simulated fills has the same pages, from its journal alone.

pub mod access;
mod answers;
mod app;
mod browser;
mod connections;
mod form;
mod limiter;
mod market;
mod pages;
mod past;
mod probes;
mod run;
mod server;
pub mod settings;
mod source;
mod standing;
mod stop_runner;
mod stream;
mod subject;
mod view;
mod watch;

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use host_live::VENUE;
use host_live::account_dir::split_reference;
use host_live::control::stop::StopTerms;
use host_sandbox::trust::TradingMode;
use host_sandbox::{Cache, SandboxLimits};
use host_store::journal::{self, JournalError};
use host_store::runs::KeptRun;
use host_system::background;
use thiserror::Error;
use tokio::runtime::Runtime;

use self::access::Access;
use self::app::App;
use self::connections::{Seats, bounded};
use self::limiter::Limiter;
use self::past::Past;
use self::settings::{DashboardSettings, SettingsError};
use self::source::Source;
use self::stop_runner::StopRunner;
use self::subject::{Mode, Subject};
use self::watch::Sight;

/// The reason why the dashboard cannot be served.
#[derive(Debug, Error)]
pub enum DashboardError {
    /// The settings are not safe.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {source}; set dashboard.listen to a free port")]
    Listen { listen: std::net::SocketAddr, source: io::Error },
    /// Certificate or key cannot be used.
    #[error("cannot use the certificate {} with its key: {source}", path.display())]
    Certificate { path: PathBuf, source: io::Error },
    /// The run's journal cannot be read.
    #[error(transparent)]
    Run(JournalError),
    /// The run is no paper run.
    #[error("`{name}` is a run of mode {mode}: only paper runs and live accounts have a dashboard")]
    NotOnPaper { name: String, mode: journal::Mode },
    /// The system gives no runtime or thread.
    #[error("cannot serve the dashboard: {0}")]
    System(#[source] io::Error),
}

/// A dashboard that is served on threads of its own until it is dropped.
#[derive(Debug)]
pub struct DashboardServer {
    address: std::net::SocketAddr,
    handle: Handle<std::net::SocketAddr>,
    // Dropped last: what it runs ends with it.
    runtime: Option<Runtime>,
}

impl DashboardServer {
    /// Serves the dashboard of `account`, which is stopped on `terms`.
    ///
    /// # Errors
    /// The settings are not safe, the port is taken, or the certificate cannot be used.
    pub fn start(
        settings: DashboardSettings,
        account: &str,
        terms: StopTerms,
    ) -> Result<DashboardServer, DashboardError> {
        let folder = terms.folder.clone();
        let (seen, sight) = tokio::sync::watch::channel(Arc::new(watch::seen(&folder)));
        let mode = match folder.mode() {
            TradingMode::Live => Mode::Live,
            TradingMode::Paper => Mode::Paper,
        };
        let subject = Subject { mode, name: split_reference(account).1.to_owned(), venue: VENUE.to_owned() };
        let access = Access::of(folder.path());
        // Before the runtime: a stop does not step back.
        let stops = StopRunner::start(terms).map_err(DashboardError::System)?;
        let source = Source::Account { folder: folder.clone(), stops };
        let server = DashboardServer::serve(settings, (subject, source, access), sight)?;
        if let Some(runtime) = &server.runtime {
            runtime.spawn(watch::look(folder, seen));
        }
        Ok(server)
    }

    /// Serves the dashboard of `run`, whose browsers `access` lets in. Its components are compiled into the cache, and
    /// run within the user's limits.
    ///
    /// # Errors
    /// As [`DashboardServer::start`], or the run's journal cannot be read.
    pub fn start_run(
        settings: DashboardSettings,
        run: KeptRun,
        access: Access,
        (cache, limits): (Cache, SandboxLimits),
    ) -> Result<DashboardServer, DashboardError> {
        let (journal, info) = (run.journal(), run::info(&run).map_err(DashboardError::Run)?);
        let id = &run.facts.id;
        if info.mode != journal::Mode::Paper {
            return Err(DashboardError::NotOnPaper { name: id.clone(), mode: info.mode });
        }
        // Without the part of a second, which tells runs apart for programs: a phone is narrow.
        let name = id.rsplit_once('-').map_or(id.as_str(), |(name, _)| name).to_owned();
        let subject = Subject { mode: Mode::Paper, name, venue: "made up".to_owned() };
        let source = Source::Run { folder: run.path.clone(), journal };
        let (seen, sight) = tokio::sync::watch::channel(Arc::new(run::beginning(&run)));
        let server = DashboardServer::serve(settings, (subject, source, access), sight)?;
        let following = thread::Builder::new().name("run".to_owned());
        following.spawn(move || run::follow(&run, (&cache, &limits), &seen)).map_err(DashboardError::System)?;
        Ok(server)
    }

    fn serve(
        settings: DashboardSettings,
        (subject, source, access): (Subject, Source, Access),
        sight: tokio::sync::watch::Receiver<Arc<Sight>>,
    ) -> Result<DashboardServer, DashboardError> {
        settings.check()?;
        let listen = settings.listen;
        let bound = TcpListener::bind(listen).and_then(|listener| {
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        });
        let (listener, address) = bound.map_err(|source| DashboardError::Listen { listen, source })?;
        // A port that the system has chosen is the one that browsers name.
        let settings = DashboardSettings { listen: address, ..settings };
        let runtime = runtime().map_err(DashboardError::System)?;
        let tls = match settings.has_tls() {
            true => Some(runtime.block_on(certificate(&settings))?),
            false => None,
        };
        let app = Arc::new(App {
            access,
            subject,
            past: Past::of(source.files()),
            charts: Arc::default(),
            source,
            settings,
            sight,
            attempts: Limiter::default(),
            watchers: AtomicUsize::new(0),
        });
        let routes = server::routes(app).into_make_service_with_connect_info::<std::net::SocketAddr>();
        let (handle, seats) = (Handle::new(), Seats::default());
        let _inside = runtime.enter();
        match tls {
            Some(tls) => {
                let server = axum_server::from_tcp_rustls(listener, tls).map_err(DashboardError::System)?;
                let server = server.map(|tls| tls.acceptor(seats)).handle(handle.clone());
                runtime.spawn(bounded(server).serve(routes));
            }
            None => {
                let server = axum_server::from_tcp(listener).map_err(DashboardError::System)?;
                runtime.spawn(bounded(server.acceptor(seats).handle(handle.clone())).serve(routes));
            }
        }
        drop(_inside);
        Ok(DashboardServer { address, handle, runtime: Some(runtime) })
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> std::net::SocketAddr {
        self.address
    }
}

impl Drop for DashboardServer {
    fn drop(&mut self) {
        self.handle.shutdown();
        if let Some(runtime) = self.runtime.take() {
            // A look that hangs must not hold up the end of the host.
            runtime.shutdown_background();
        }
    }
}

/// Returns the runtime of all that is served: its threads leave the processor to trading.
fn runtime() -> io::Result<Runtime> {
    let builder = &mut tokio::runtime::Builder::new_multi_thread();
    let builder = builder.worker_threads(1).max_blocking_threads(8).thread_name("dashboard");
    builder.on_thread_start(background::step_back).enable_all().build()
}

/// Checks that the certificate, if one is set, can be served with its key.
///
/// # Errors
/// [`DashboardError::Certificate`] if it cannot.
pub fn check_certificate(settings: &DashboardSettings) -> Result<(), DashboardError> {
    match settings.has_tls() {
        true => runtime().map_err(DashboardError::System)?.block_on(certificate(settings)).map(drop),
        false => Ok(()),
    }
}

async fn certificate(settings: &DashboardSettings) -> Result<RustlsConfig, DashboardError> {
    let DashboardSettings { certificate, certificate_key, .. } = settings;
    let read = RustlsConfig::from_pem_file(certificate, certificate_key).await;
    read.map_err(|source| DashboardError::Certificate { path: certificate.clone(), source })
}
