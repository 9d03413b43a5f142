//! `host exchange` itself: builds the exchange, listens, and ends in order.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_core::{Span, Timestamp};
use host_exchange::server::accounts::Accounts;
use host_exchange::server::clock::ExchangeClock;
use host_exchange::server::handle::ExchangeHandle;
use host_exchange::server::{REST_PREFIX, ServerOptions, serve};
use host_exchange::venue::{Venue, VenueSettings};
use tokio::net::TcpListener;

use super::defaults::{ACCOUNTS_FILE, LISTEN};
use super::faults::FaultSource;
use super::market::MarketArgs;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output;

/// Time for requests that are being answered when the exchange ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// The arguments of `host exchange`.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDR", default_value = LISTEN)]
    listen: SocketAddr,

    /// Who may trade [default: exchange-accounts.json, if it is there]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,

    /// End after so much of the exchange's time [default: at Ctrl-C]
    #[arg(long = "for", value_name = "SPAN")]
    span: Option<Span>,

    /// Seconds that pass on the exchange in a second
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed, conflicts_with = "stepped")]
    speed: f64,

    /// Let time pass only when `POST /simulation/advance` says so; implies --simulation
    #[arg(long)]
    stepped: bool,

    /// Serve /simulation, where anyone may step the clock, set faults and read all accounts
    #[arg(long)]
    simulation: bool,

    /// What goes wrong: a file with a plan, none, or all (all:0.3 for a chance other than 0.05)
    #[arg(long, value_name = "FILE|all|none", default_value = "none")]
    faults: FaultSource,

    /// Draw the faults from this seed instead of the plan's
    #[arg(long, value_name = "N")]
    fault_seed: Option<u64>,

    #[command(flatten)]
    market: MarketArgs,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    let is_possible = (0.001..=1e6).contains(&speed);
    if is_possible { Ok(speed) } else { Err("must lie between 0.001 and 1000000".to_owned()) }
}

/// Runs `host exchange`.
///
/// # Errors
/// Files that cannot be read, an address that cannot be listened on.
pub fn run(args: &ServeArgs, context: &Context) -> Result<()> {
    let mut faults = args.faults.plan()?;
    if let Some(seed) = args.fault_seed {
        faults = faults.with_seed(seed);
    }
    let accounts = accounts(args.accounts.as_deref())?;
    let opening = args.market.open(args.span, ExchangeClock::wall().now())?;
    let settings = VenueSettings { seed: opening.seed, ..VenueSettings::default() };
    let mut venue = Venue::new(settings, opening.start);
    let keyring = accounts.join(&mut venue).map_err(|error| {
        Report::user("the accounts cannot be used")
            .because_of(&error)
            .hint("`host exchange keygen` makes accounts that can")
    })?;
    let clock = match args.stepped {
        true => ExchangeClock::stepped(opening.start),
        false => ExchangeClock::running(opening.start, args.speed),
    };
    let exchange = ExchangeHandle::new(venue, opening.source, clock, keyring);
    // The markets that are open at the start are there before anyone can ask.
    exchange.with_venue(|_, _| ());
    let options = ServerOptions { simulation: args.simulation || args.stepped, faults, ..ServerOptions::default() };
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Report::new(Kind::Internal, "cannot start the server's threads").because(error))?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(args.listen).await.map_err(|error| cannot_listen(args.listen, &error))?;
        let address = listener.local_addr().map_err(|error| cannot_listen(args.listen, &error))?;
        let until = args.until();
        describe(context, &opening.description, opening.start, &accounts, address, &options);
        output::print(&format!("{address}\n"))?;
        listen(listener, exchange, options, until).await
    });
    // Whoever still waits for an answer waits in vain.
    runtime.shutdown_background();
    served?;
    context.ui.say("the exchange has closed");
    Ok(())
}

impl ServeArgs {
    /// For how much of the machine's time to serve.
    fn until(&self) -> Option<Duration> {
        let seconds = self.span.filter(|_| !self.stepped)?.as_seconds() / self.speed;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

/// Serves until someone asks for the end, or for `span`.
async fn listen(
    listener: TcpListener,
    exchange: ExchangeHandle,
    options: ServerOptions,
    span: Option<Duration>,
) -> Result<()> {
    let (ask, asked) = tokio::sync::oneshot::channel::<()>();
    let server = serve(listener, exchange, options, async {
        let _ = asked.await;
    });
    tokio::pin!(server);
    let failed = |error: io::Error| Report::io("the server failed", &error);
    tokio::select! {
        ended = &mut server => return ended.map_err(failed),
        stop = stop_signal() => stop?,
        () = over(span) => {}
    }
    let _ = ask.send(());
    // Connections that stay open do not keep the exchange alive.
    match tokio::time::timeout(FAREWELL, server).await {
        Ok(ended) => ended.map_err(failed),
        Err(_) => Ok(()),
    }
}

async fn over(span: Option<Duration>) {
    match span {
        Some(span) => tokio::time::sleep(span).await,
        None => std::future::pending().await,
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_signal() -> Result<()> {
    let failed = |error: io::Error| Report::new(Kind::Internal, "cannot listen for Ctrl-C").because(error);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        tokio::select! {
            asked = tokio::signal::ctrl_c() => asked.map_err(failed),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(failed)
}

/// The accounts of `file`, or of the usual one if that is there.
fn accounts(file: Option<&Path>) -> Result<Accounts> {
    let usual = Path::new(ACCOUNTS_FILE);
    let path = match file {
        Some(path) => path,
        None if usual.exists() => usual,
        None => return Ok(Accounts::default()),
    };
    Accounts::load(path).map_err(|error| {
        Report::user("there are no accounts to trade with")
            .because_of(&error)
            .hint("`host exchange keygen --account NAME` makes an account and writes it to such a file")
    })
}

fn describe(
    context: &Context,
    markets: &str,
    start: Timestamp,
    accounts: &Accounts,
    address: SocketAddr,
    options: &ServerOptions,
) {
    context.ui.say(&format!("serving {markets}, from {start} on"));
    context.ui.say(&format!("REST at http://{address}{REST_PREFIX}, WebSocket at ws://{address}/trade-api/ws/v2"));
    match accounts.accounts.len() {
        0 => context
            .ui
            .say("no accounts, so nobody can trade: `host exchange keygen --account NAME` makes one; then start again"),
        _ => {
            for account in &accounts.accounts {
                context.ui.say(&format!("account {} with ${}, key {}", account.name, account.deposit, account.key_id));
            }
        }
    }
    if !options.faults.rules.is_empty() {
        context.ui.say(&format!("faults: {} rules, seed {}", options.faults.rules.len(), options.faults.seed));
    }
    if options.simulation && !address.ip().is_loopback() {
        context.ui.say("warning: /simulation lets anyone who can reach this address read all accounts");
    }
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Report {
    let report = Report::new(Kind::User, format!("cannot listen on {address}")).because(error);
    match error.kind() {
        io::ErrorKind::AddrInUse => report
            .hint("another process listens there, perhaps another exchange: `--listen 127.0.0.1:0` takes a free port"),
        io::ErrorKind::PermissionDenied => report.hint("ports below 1024 are the system's: choose a higher one"),
        _ => report.hint("`--listen` takes an address of this machine and a port, such as 127.0.0.1:7878"),
    }
}
