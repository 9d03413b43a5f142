//! The venue: market data, this machine's clock against the venue's, the account, and the series to be polled.

use std::sync::Arc;
use std::time::Duration;

use host_core::Span;
use host_live::preflight::{CLOCK_TOLERANCE, VenueLook, look_at_venue};
use host_live::refusal::Refusal;
use host_live::venue_way::{PUBLIC_READS, VenueWay};
use host_venues::clock::Clock;
use host_venues::kalshi::{ClockKind, Kalshi, KalshiSettings};
use host_venues::venue::Venue;

use super::diagnosis::Diagnosis;
use super::patient::Patient;
use crate::terminal::error::{Kind, Report, Result};

/// Time that one request may take: the doctor waits for nobody.
const PATIENCE: Span = Span::seconds(5);

/// Number of further looks at an account for which the venue has no time, and the time before each.
const AGAIN: usize = 3;
const BETWEEN: Duration = Duration::from_secs(2);

/// Said where a clock or a key that is wrong keeps the venue from answering anything else.
const UNASKED: &str = "the venue answers nothing else until that is right";

/// Looks at the venue, or says why it was not looked at.
///
/// # Errors
/// The system gives no threads.
pub fn look(patient: &Patient, is_offline: bool) -> Result<Vec<Diagnosis>> {
    if is_offline {
        return Ok(unseen("the venue was not asked (--offline)"));
    }
    let settings = &patient.config().venue;
    let with_account = patient.is_live();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Report::new(Kind::Internal, "cannot connect").because(error))?;
    Ok(runtime.block_on(async {
        let (venue, no_key) = match connect(settings, with_account).await {
            // Its public side can be looked at without a key that works, which is another group's finding.
            Err(why) if with_account => (connect(settings, false).await, Some(why)),
            connected => (connected, None),
        };
        match venue {
            Ok(venue) => {
                let look = look_again(&*venue, settings, with_account && no_key.is_none()).await;
                said(look, no_key.as_deref().unwrap_or("the account is pretend: the venue has none"), settings)
            }
            Err(why) => {
                let silent = silent(why, "check venue.base_url and the network");
                std::iter::once(silent).chain(unseen("the venue was not reached")).collect()
            }
        }
    }))
}

/// Looks at the venue, and again while it has no time for the account: a host that trades uses the same budget.
async fn look_again(venue: &dyn Venue, settings: &KalshiSettings, with_account: bool) -> VenueLook {
    let mut look = look_at_venue(venue, settings, with_account).await;
    for _ in 0..AGAIN {
        if !matches!(&look.account, Some(Err(refusal)) if refusal.passes) {
            break;
        }
        tokio::time::sleep(BETWEEN).await;
        look = look_at_venue(venue, settings, with_account).await;
    }
    look
}

async fn connect(settings: &KalshiSettings, with_account: bool) -> Result<Arc<dyn Venue>, String> {
    let clock = match settings.clock {
        ClockKind::Wall => Clock::wall(),
        ClockKind::Stepped => Clock::stepped(&settings.base_url).await.map_err(|error| error.to_string())?,
    };
    match with_account {
        true => VenueWay::Kalshi(settings.clone()).urgent(&clock, PATIENCE).map_err(|error| error.to_string()),
        false => {
            let request_timeout = settings.request_timeout.min(PATIENCE);
            let settings = KalshiSettings { request_timeout, ..settings.clone() };
            let public = Kalshi::public(&settings, clock, PUBLIC_READS).map_err(|error| error.to_string())?;
            Ok(Arc::new(public.urgent()))
        }
    }
}

/// Turns one look into what there is to say of it; where the account was not looked at, because of `no_account`.
fn said(look: VenueLook, no_account: &str, settings: &KalshiSettings) -> Vec<Diagnosis> {
    let VenueLook { answers, silent: no_answer, closed, clock, account, series } = look;
    if let Some(Refusal { what, fix, .. }) = no_answer {
        return std::iter::once(silent(what, &fix)).chain(unseen("the venue does not answer")).collect();
    }
    let venue = match closed {
        Some(Refusal { what, fix, .. }) => Diagnosis::warning("venue_closed", what, fix),
        None if answers => Diagnosis::ok("venue", format!("{} answers, and trades", settings.base_url)),
        None => Diagnosis::unseen("venue", UNASKED),
    };
    let clock = match clock {
        Some(Refusal { what, fix, .. }) => Diagnosis::problem("clock_apart", what, fix),
        None if !answers => Diagnosis::unseen("clock", UNASKED),
        None => {
            let tolerance = CLOCK_TOLERANCE.as_seconds();
            Diagnosis::ok("clock", format!("this machine's clock and the venue's agree within {tolerance} s"))
        }
    };
    let account = match account {
        Some(Ok(cash)) => Diagnosis::ok("account", format!("the key opens the account; cash: {}", cash.shown())),
        Some(Err(Refusal { what, fix, .. })) => Diagnosis::problem("account_refused", what, fix),
        None => Diagnosis::unseen("account", no_account),
    };
    let series = series.into_iter().map(|Refusal { what, fix, .. }| Diagnosis::problem("series_unknown", what, fix));
    [venue, clock, account].into_iter().chain(series).collect()
}

fn silent(what: String, fix: &str) -> Diagnosis {
    Diagnosis::problem("venue_silent", what, fix)
}

/// Names what could not be looked at, because of `why`.
fn unseen(why: &str) -> Vec<Diagnosis> {
    ["venue", "clock", "account"].map(|group| Diagnosis::unseen(group, why)).into()
}
