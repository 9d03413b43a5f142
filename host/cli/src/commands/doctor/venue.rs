//! The venue: market data, this machine's clock against the venue's, the account, and the series to be polled.

use std::sync::Arc;

use host_core::{Span, Usd};
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
        match connect(settings, with_account).await {
            Ok(venue) => said(look_at_venue(&*venue, settings, with_account).await, settings),
            // The key's file is another group's finding, unless the address is to blame.
            Err(why) if with_account => unseen(&why),
            Err(why) => {
                [vec![silent(why, "check venue.base_url and the network")], unseen("the venue was not reached")]
                    .concat()
            }
        }
    }))
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

/// Turns one look into what there is to say of it.
fn said(look: VenueLook, settings: &KalshiSettings) -> Vec<Diagnosis> {
    let VenueLook { silent: no_answer, closed, clock, account, series } = look;
    if let Some(Refusal { what, fix, .. }) = no_answer {
        return [vec![silent(what, &fix)], unseen("the venue does not answer")].concat();
    }
    let is_known = account.is_some() || clock.is_none();
    let mut found = vec![match closed {
        Some(Refusal { what, fix, .. }) => Diagnosis::warning("venue_closed", what, fix),
        None if is_known => Diagnosis::ok("venue", format!("{} answers, and trades", settings.base_url)),
        None => Diagnosis::unseen("venue", "the venue cannot be asked with a clock that is wrong"),
    }];
    found.push(match clock {
        Some(Refusal { what, fix, .. }) => Diagnosis::problem("clock_apart", what, fix),
        None => {
            let tolerance = CLOCK_TOLERANCE.as_seconds();
            Diagnosis::ok("clock", format!("this machine's clock and the venue's agree within {tolerance} s"))
        }
    });
    found.push(of_account(account));
    found.extend(series.into_iter().map(|Refusal { what, fix, .. }| Diagnosis::problem("series_unknown", what, fix)));
    found
}

fn of_account(account: Option<Result<Usd, Refusal>>) -> Diagnosis {
    match account {
        Some(Ok(cash)) => {
            Diagnosis::ok("account", format!("the key opens the account, which has {} in cash", cash.shown()))
        }
        Some(Err(Refusal { what, fix, .. })) => Diagnosis::problem("account_refused", what, fix),
        None => {
            Diagnosis::unseen("account", "no account at the venue: this one is pretend, or the venue was not reached")
        }
    }
}

fn silent(what: String, fix: &str) -> Diagnosis {
    Diagnosis::problem("venue_silent", what, fix)
}

/// Names what could not be looked at, because of `why`.
fn unseen(why: &str) -> Vec<Diagnosis> {
    ["venue", "clock", "account"].map(|group| Diagnosis::unseen(group, why)).into()
}
