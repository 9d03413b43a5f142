//! The connection to an account: at the venue, or on paper beside it.

use std::sync::Arc;

use host_core::Usd;
use host_sandbox::trust::TradingMode;
use host_sim::fill::ExchangeSettings;
use host_store::journal::Mode;
use host_store::live::lock::HostLock;
use host_store::paper::{LedgerError, LedgerOwner};
use host_venues::clock::Clock;
use host_venues::kalshi::{ClockKind, Kalshi, KalshiSettings};
use host_venues::venue::Venue;
use tokio::runtime::Runtime;

use crate::account_dir::{AccountDir, VENUE, is_there};
use crate::account_lock::AccountLock;
use crate::error::{LiveError, Result};
use crate::notice::{NoticeCode, Notices};
use crate::paper::{PaperAccount, PaperError, PaperTerms, PaperVenue};
use crate::venue_way::{PUBLIC_READS, VenueWay};

/// The account to connect to, and on which terms.
#[derive(Clone, Copy, Debug)]
pub struct AccountTerms<'a> {
    pub mode: TradingMode,
    pub venue: &'a KalshiSettings,
    /// The name of the account.
    pub account: &'a str,
    /// The rules by which orders of a pretend account are filled.
    pub exchange: &'a ExchangeSettings,
    /// The money that a pretend account has at least been given.
    pub deposit: Usd,
}

/// An account that can be traded.
pub struct Connected {
    pub venue: Arc<dyn Venue>,
    /// True if its stream is to be opened.
    pub listens: bool,
    /// The way by which the kill switch reaches it.
    pub way: VenueWay,
    /// Keeps other hosts off a pretend account.
    pub ledger_lock: Option<HostLock>,
}

/// Keeps other hosts off an account while it lives.
#[derive(Debug)]
#[must_use = "the account is kept only while this lives"]
pub enum AccountKeeper {
    Live(AccountLock),
    Paper(HostLock),
}

/// Returns the name of the venue's environment.
///
/// # Errors
/// The venue's address cannot be read.
pub fn environment(venue: &KalshiSettings) -> Result<String> {
    Ok(venue.environment().map_err(LiveError::NoAddress)?.to_string())
}

/// Returns the mode that the account's journal has.
pub fn journal_mode(mode: TradingMode) -> Mode {
    match mode {
        TradingMode::Live => Mode::Live,
        TradingMode::Paper => Mode::PaperAtVenue,
    }
}

/// Returns the id of the key that orders are signed with: none on paper.
pub fn key_id(mode: TradingMode, venue: &KalshiSettings) -> String {
    match mode {
        TradingMode::Live => venue.key_id.clone(),
        TradingMode::Paper => String::new(),
    }
}

/// Connects to the account in `folder`. A pretend one is opened, or begun; what that changes goes to `notices`.
///
/// # Errors
/// The key, or the ledger, cannot be used; or another host has the ledger.
pub fn connect(
    request: &AccountTerms<'_>,
    folder: &AccountDir,
    runtime: &Runtime,
    notices: &Notices,
) -> Result<Connected> {
    let settings = request.venue;
    let clock = match settings.clock {
        ClockKind::Wall => Clock::wall(),
        ClockKind::Stepped => runtime.block_on(Clock::stepped(&settings.base_url)).map_err(LiveError::SteppedClock)?,
    };
    match request.mode {
        TradingMode::Live => {
            let kalshi = Kalshi::connect(settings, clock).map_err(LiveError::Client)?;
            let way = VenueWay::Kalshi(settings.clone());
            Ok(Connected { venue: Arc::new(kalshi), listens: settings.websocket, way, ledger_lock: None })
        }
        TradingMode::Paper => on_paper(request, folder, clock, notices),
    }
}

fn on_paper(request: &AccountTerms<'_>, folder: &AccountDir, clock: Clock, notices: &Notices) -> Result<Connected> {
    let settings = request.venue;
    let streamed = match settings.websocket && !settings.key_id.is_empty() {
        true => Some(Kalshi::connect(settings, clock.clone()).map_err(LiveError::Client)?),
        false => None,
    };
    let market_data = Kalshi::public(settings, clock, PUBLIC_READS).map_err(LiveError::Client)?;
    folder.create().map_err(|source| LiveError::FolderNotMade { path: folder.path().to_owned(), source })?;
    let lock = HostLock::take(&folder.ledger_lock(), folder.path()).map_err(LiveError::AccountHeld)?;
    let owner = LedgerOwner {
        venue: VENUE.to_owned(),
        environment: environment(request.venue)?,
        account: request.account.to_owned(),
    };
    let terms = PaperTerms { exchange: request.exchange.clone(), deposit: request.deposit };
    let (path, now) = (folder.ledger(), market_data.clock().now());
    if !is_there(&path) {
        if is_there(&folder.journal()) {
            return Err(LiveError::PaperAccount(PaperError::Ledger(LedgerError::Missing { path })));
        }
        PaperAccount::create(&path, &owner, &terms, now).map_err(LiveError::PaperAccount)?;
    }
    let (account, ended) = PaperAccount::open(&path, &owner, &terms).map_err(LiveError::PaperAccount)?;
    if ended > 0 {
        let text = format!("{ended} open orders of the pretend account were ended: they are filled on other terms now");
        notices.warn(now, NoticeCode::SettingsChanged, text);
    }
    if settings.websocket && streamed.is_none() {
        notices.warn(now, NoticeCode::StreamDown, "prices are polled: the venue's stream asks for a key");
    }
    let listens = streamed.is_some();
    let streamed = streamed.map(|streamed| Arc::new(streamed) as Arc<dyn Venue>);
    let venue = PaperVenue::new(Arc::new(market_data), account).streaming(streamed);
    let way = VenueWay::Paper(venue.clone());
    Ok(Connected { venue: Arc::new(venue), listens, way, ledger_lock: Some(lock) })
}
