//! `host exchange` itself: builds the exchange, serves it, and shuts it down in good order.

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
use crate::terminal::units::whole;

/// Time that requests in progress get to finish when the exchange shuts down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// Real time between two looks at whether the exchange's time is over.
const CHECKED: Duration = Duration::from_millis(20);

#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Address to listen on; port 0 takes any free port
    #[arg(long, value_name = "ADDR", default_value = LISTEN)]
    listen: SocketAddr,

    /// File of the accounts that may trade [default: exchange-accounts.json, if it exists]
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,

    /// Stop after this much of the exchange's time [default: at Ctrl-C]
    #[arg(long = "for", value_name = "SPAN")]
    span: Option<Span>,

    /// Exchange seconds per real second; where the machine cannot keep up, the exchange is late and says so
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed, conflicts_with = "stepped")]
    speed: f64,

    /// Let time pass only by `POST /simulation/advance`; implies --simulation
    #[arg(long)]
    stepped: bool,

    /// Serve /simulation, where anyone may step the clock, set faults and read all accounts
    #[arg(long)]
    simulation: bool,

    /// Faults to inject: a file with a plan, none, or all (all:0.3 for a chance other than 0.05)
    #[arg(long, value_name = "FILE|all|none", default_value = "none")]
    faults: FaultSource,

    /// Seed of the faults, in place of the plan's
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX))]
    fault_seed: Option<u64>,

    /// Age at which trades and settled markets are shown by the historical endpoints alone
    #[arg(long, value_name = "SPAN", default_value = "90d")]
    historical_after: Span,

    /// Serve the endpoints of orders that the venue closed in 2026 (`POST /portfolio/orders`); else they answer 410
    #[arg(long)]
    legacy_orders: bool,

    /// Time after its payout for which a market's trades and candlesticks are kept
    #[arg(long, value_name = "SPAN", default_value = "7d")]
    keep_history: Span,

    #[command(flatten)]
    market: MarketArgs,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok().filter(|speed| (0.001..=1e6).contains(speed));
    speed.ok_or_else(|| "write a number between 0.001 and 1,000,000".to_owned())
}

/// Runs `host exchange`.
///
/// # Errors
/// A file cannot be read, or the exchange cannot listen on the address.
pub fn run(args: &ServeArgs, context: &Context) -> Result<()> {
    let mut faults = args.faults.plan()?;
    if let Some(seed) = args.fault_seed {
        faults = faults.with_seed(seed);
    }
    let accounts = accounts(args.accounts.as_deref())?;
    let opening = args.market.open(args.span, ExchangeClock::wall().now())?;
    let settings = VenueSettings {
        seed: opening.seed,
        historical_after: args.historical_after,
        history_kept: args.keep_history,
        ..VenueSettings::default()
    };
    let mut venue = Venue::new(settings, opening.begins);
    let keyring = accounts.join(&mut venue).map_err(|error| {
        Report::user("the accounts cannot be used")
            .because_of(&error)
            .hint("`host exchange keygen` creates valid accounts")
    })?;
    let clock = match args.stepped {
        true => ExchangeClock::stepped(opening.start),
        false => ExchangeClock::running(opening.start, args.speed),
    };
    let exchange = ExchangeHandle::new(venue, opening.source, clock, keyring);
    // The first access opens the markets of the start, before any request can come in.
    exchange.with_venue(|_, _| ());
    let simulation = args.simulation || args.stepped;
    let options = ServerOptions { simulation, faults, legacy_orders: args.legacy_orders, ..ServerOptions::default() };
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Report::new(Kind::Internal, "cannot start the server's threads").because(error))?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(args.listen).await.map_err(|error| cannot_listen(args.listen, &error))?;
        let address = listener.local_addr().map_err(|error| cannot_listen(args.listen, &error))?;
        let end = args.span.filter(|_| !args.stepped).map(|span| opening.start + span);
        describe(context, &opening.description, opening.start, &accounts, address, &options);
        output::print_line(&address.to_string())?;
        listen(listener, exchange, options, end).await
    });
    // Requests that are still unanswered get no answer.
    runtime.shutdown_background();
    served?;
    context.ui.say("the exchange has closed");
    Ok(())
}

/// Serves until Ctrl-C or SIGTERM, or until the exchange's time is `end`.
async fn listen(
    listener: TcpListener,
    exchange: ExchangeHandle,
    options: ServerOptions,
    end: Option<Timestamp>,
) -> Result<()> {
    let clock = exchange.clone();
    let (ask, asked) = tokio::sync::oneshot::channel::<()>();
    let server = serve(listener, exchange, options, async {
        let _ = asked.await;
    });
    tokio::pin!(server);
    let failed = |error: io::Error| Report::io("the server failed", &error);
    tokio::select! {
        ended = &mut server => return ended.map_err(failed),
        stop = stop_signal() => stop?,
        () = over(&clock, end) => {}
    }
    let _ = ask.send(());
    // Connections that stay open do not keep the exchange alive.
    match tokio::time::timeout(SHUTDOWN_TIMEOUT, server).await {
        Ok(ended) => ended.map_err(failed),
        Err(_) => Ok(()),
    }
}

/// Waits until the exchange's time is `end`: an exchange that is late takes longer.
async fn over(exchange: &ExchangeHandle, end: Option<Timestamp>) {
    let Some(end) = end else { return std::future::pending().await };
    while exchange.peek(Venue::now) < end {
        tokio::time::sleep(CHECKED).await;
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

/// Loads the accounts of `file`, or of the default file if it exists.
fn accounts(file: Option<&Path>) -> Result<Accounts> {
    let default = Path::new(ACCOUNTS_FILE);
    let path = match file {
        Some(path) => path,
        None if default.exists() => default,
        None => return Ok(Accounts::default()),
    };
    Accounts::load(path).map_err(|error| {
        Report::user("the accounts cannot be loaded")
            .because_of(&error)
            .hint("`host exchange keygen --account NAME` creates an account in such a file")
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
    context.ui.say(&format!("serving {markets}, starting at {start}"));
    context.ui.say(&format!("REST at http://{address}{REST_PREFIX}, WebSocket at ws://{address}/trade-api/ws/v2"));
    match accounts.accounts.len() {
        0 => context.ui.say(
            "no accounts, so nobody can trade: create one with `host exchange keygen --account NAME`, then restart",
        ),
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
        io::ErrorKind::AddrInUse => {
            report.hint("the port is in use, perhaps by another exchange: `--listen 127.0.0.1:0` takes a free one")
        }
        io::ErrorKind::PermissionDenied => report.hint("ports below 1024 are reserved: choose a higher one"),
        _ => report.hint("`--listen` takes an address of this machine and a port, such as 127.0.0.1:7878"),
    }
}
