//! The check of the venue: that it trades, that the clocks agree, and that it knows the key.

use std::time::Duration;

use host_core::{Span, Usd};
use host_session::{StopFlag, StopSignal};
use host_venues::client::{Agreement, VenueTime};
use host_venues::error::ReadError;
use host_venues::kalshi::KalshiSettings;
use host_venues::model::{VenuePosition, VenueStatus};
use host_venues::venue::Venue;

use crate::error::LiveError;
use crate::refusal::{Checked, Refusal};

/// The most that this machine's clock may be off the venue's: signatures and expiry times depend on it.
pub const CLOCK_TOLERANCE: Span = Span::seconds(2);

/// Pause between two attempts at a venue that does not answer.
const PAUSE: Duration = Duration::from_secs(2);
/// Time after which a stop is looked for.
const NAP: Duration = Duration::from_millis(100);

/// Checks `venue`, and the series that `settings` name. Returns the account's cash, or the signal that asked
/// to stop before the venue had answered. One that does not answer is tried for `patience`; `say` is told why, once.
///
/// # Errors
/// Everything that is wrong.
pub async fn check(
    venue: &dyn Venue,
    settings: &KalshiSettings,
    patience: Duration,
    stop: &StopFlag,
    say: impl Fn(&str),
) -> Result<Result<Usd, StopSignal>, Vec<Refusal>> {
    let stopped = async {
        loop {
            match stop.requested() {
                Some(signal) => return signal,
                None => tokio::time::sleep(NAP).await,
            }
        }
    };
    tokio::select! {
        signal = stopped => Ok(Err(signal)),
        checked = check_patiently(venue, settings, patience, say) => checked.map(Ok),
    }
}

async fn check_patiently(
    venue: &dyn Venue,
    settings: &KalshiSettings,
    patience: Duration,
    say: impl Fn(&str),
) -> Result<Usd, Vec<Refusal>> {
    let mut last = match check_once(venue, settings).await {
        Err(refusals) if is_passing(&refusals) => refusals,
        checked => return checked,
    };
    last.iter().for_each(|refusal| say(&refusal.what));
    let again = async {
        loop {
            tokio::time::sleep(PAUSE).await;
            match check_once(venue, settings).await {
                Err(refusals) if is_passing(&refusals) => last = refusals,
                checked => return checked,
            }
        }
    };
    let checked = tokio::time::timeout(patience, again).await;
    checked.unwrap_or(Err(last))
}

/// Returns true if all of it may pass by itself, because the venue answers again.
fn is_passing(refusals: &[Refusal]) -> bool {
    refusals.iter().all(|refusal| refusal.passes)
}

/// One look at a venue, subject by subject. What was not asked for is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VenueLook {
    /// True if the venue says whether it trades.
    pub answers: bool,
    /// The venue does not answer: nothing else could be asked.
    pub silent: Option<Refusal>,
    /// It answers, and does not trade.
    pub closed: Option<Refusal>,
    /// The clocks are apart, or may be.
    pub clock: Option<Refusal>,
    /// The account's cash, or the reason why it cannot be read.
    pub account: Option<Result<Usd, Refusal>>,
    /// The series that cannot be traded.
    pub series: Vec<Refusal>,
}

/// Looks at `venue` once, and at the series that `settings` name; at the account if `with_account`.
pub async fn look_at_venue(venue: &dyn Venue, settings: &KalshiSettings, with_account: bool) -> VenueLook {
    let mut look = VenueLook::default();
    match venue.exchange_status().await {
        Ok(status) => {
            look.answers = true;
            look.closed = closed(&status);
        }
        // Nothing else can be asked then. A clock that is far off makes every signature wrong: then that is the cause.
        Err(error) => {
            let apart = venue.skew().and_then(|time| apart(&time));
            match no_status(&error, settings) {
                _ if apart.is_some() => look.clock = apart,
                // It answers, and lets nobody look who signs with this key.
                refusal if is_key_refused(&error) => look.account = Some(Err(refusal)),
                refusal => look.silent = Some(refusal),
            }
            return look;
        }
    }
    look.clock = match venue.venue_time().await {
        Ok(time) => clock_apart(&time),
        Err(error) => Some(unreachable(&error)),
    };
    if with_account {
        let balance = venue.balance().await;
        look.account = Some(balance.map(|balance| balance.cash).map_err(|error| no_account(&error, &settings.key_id)));
    }
    for ticker in &settings.series {
        if let Err(error) = venue.series(std::slice::from_ref(ticker)).await {
            look.series.push(no_series(&error, ticker));
        }
    }
    look
}

async fn check_once(venue: &dyn Venue, settings: &KalshiSettings) -> Result<Usd, Vec<Refusal>> {
    let VenueLook { silent, closed, clock, account, series, .. } = look_at_venue(venue, settings, true).await;
    let (cash, refused) = match account {
        Some(Ok(cash)) => (Some(cash), None),
        Some(Err(refusal)) => (None, Some(refusal)),
        None => (None, None),
    };
    let refusals: Vec<Refusal> = [silent, closed, clock, refused].into_iter().flatten().chain(series).collect();
    match cash {
        Some(cash) if refusals.is_empty() => Ok(cash),
        _ => Err(refusals),
    }
}

/// Refuses an account with positions, which a new journal knows nothing of.
///
/// # Errors
/// There are some, or they cannot be read.
pub async fn refuse_positions(venue: &dyn Venue) -> Result<(), LiveError> {
    let unread = |error: ReadError| {
        let refusals =
            vec![Refusal::new(format!("the account's positions cannot be read: {error}"), "start again later")];
        LiveError::Refused { checked: Checked::Venue, refusals }
    };
    let positions = venue.positions().await.map_err(unread)?;
    let open = positions.rows.iter().filter(|position| !position.position.is_zero());
    let found = open.map(|VenuePosition { ticker, position, .. }| format!("{position} contracts of {ticker}"));
    let unreadable = positions.unreadable.iter().map(|row| format!("one in {} that cannot be read", row.id));
    let found: Vec<String> = found.chain(unreadable).collect();
    if found.is_empty() { Ok(()) } else { Err(LiveError::PositionsFound { found }) }
}

/// Refuses an exchange that does not even say that it trades.
fn no_status(error: &ReadError, settings: &KalshiSettings) -> Refusal {
    match error {
        // Every venue has this page: somebody else answers, or the path is wrong.
        ReadError::Refused { status: 404, .. } => Refusal::new(
            format!("there is no exchange at {}: {error}", settings.base_url),
            "check venue.base_url: it is the address of the REST API with its path, such as https://HOST/trade-api/v2",
        ),
        _ if is_refused(error) => no_account(error, &settings.key_id),
        _ => unreachable(error),
    }
}

fn unreachable(error: &ReadError) -> Refusal {
    let fix = "check the network and venue.base_url, and the venue's status page";
    let how = if matches!(error, ReadError::Malformed(_)) { " as it should" } else { "" };
    Refusal::new(format!("the venue does not answer{how}: {error}"), fix).passing(true)
}

/// Refuses an exchange that does not trade.
fn closed(status: &VenueStatus) -> Option<Refusal> {
    let fix = "wait until it trades again: its status page says when (maintenance is on Thursdays, 3 to 5 in New York)";
    match (status.is_active, status.is_trading) {
        (true, true) => None,
        (false, _) => Some(Refusal::new("the exchange is not active", fix)),
        (true, false) => Some(Refusal::new("trading is paused at the exchange", fix)),
    }
}

/// Refuses a clock that is off, or may be.
fn clock_apart(time: &VenueTime) -> Option<Refusal> {
    let Agreement::Unclear(farthest) = time.agreement(CLOCK_TOLERANCE) else { return apart(time) };
    let what = format!(
        "this machine's clock may be {:.1} s off the venue's, whose answers do not tell it better",
        farthest.as_seconds()
    );
    Some(Refusal::new(
        what,
        "set it by NTP (`timedatectl set-ntp true`), check that the network is quick, then start again",
    ))
}

/// Refuses a clock that is certainly off.
fn apart(time: &VenueTime) -> Option<Refusal> {
    let Agreement::Apart(skew) = time.agreement(CLOCK_TOLERANCE) else { return None };
    let (apart, way) = if skew < Span::ZERO { (skew * -1, "behind") } else { (skew, "ahead of") };
    let what = format!("this machine's clock is {:.1} s {way} the venue's", apart.as_seconds());
    Some(Refusal::new(what, "set it by NTP (`timedatectl set-ntp true`), then start again"))
}

/// Returns true if the venue has said no, and would say so again: not if it had enough requests for now.
fn is_refused(error: &ReadError) -> bool {
    matches!(error, ReadError::Refused { status, .. } if *status != 429)
}

/// Returns true if the venue has refused the key.
fn is_key_refused(error: &ReadError) -> bool {
    matches!(error, ReadError::Refused { status: 401 | 403, .. })
}

/// Refuses a series that cannot be traded: a host with a typing error would wait for its markets for ever.
fn no_series(error: &ReadError, ticker: &str) -> Refusal {
    match error {
        ReadError::Refused { status: 404, .. } => Refusal::new(
            format!("the venue has no series `{ticker}`, which venue.series names"),
            "correct venue.series: the venue shows a series' ticker in its web address, such as KXHIGHNY",
        ),
        _ => Refusal::new(
            format!("the series `{ticker}` of venue.series cannot be read: {error}"),
            "see the venue's status page",
        )
        .passing(!is_refused(error)),
    }
}

/// Refuses a key that opens no account.
fn no_account(error: &ReadError, key_id: &str) -> Refusal {
    match error {
        ReadError::Refused { status: 401, .. } => Refusal::new(
            format!("the venue does not accept the key {key_id}: {error}"),
            "check that venue.key_id and venue.key_file are one pair and for this venue.base_url (demo and production \
             have keys of their own), or make a new key at the venue",
        ),
        ReadError::Refused { status: 403, .. } => Refusal::new(
            format!("the key {key_id} may not read the balance: {error}"),
            "make a key with read and write scope at the venue",
        ),
        _ => Refusal::new(format!("the account's balance cannot be read: {error}"), "see the venue's status page")
            .passing(!is_refused(error)),
    }
}

#[cfg(test)]
mod tests {
    use host_core::Timestamp;

    use super::*;

    #[test]
    fn a_clock_may_be_two_seconds_off_and_no_more() {
        let at = |millis: i64| Timestamp(1_764_850_000_000_000_000) + Span::millis(millis);
        let check = |venue: [i64; 2], local: i64, expect: Option<&str>| {
            let time = VenueTime { earliest: at(venue[0]), latest: at(venue[1]), local: at(local) };
            let refusal = clock_apart(&time).map(|refusal| refusal.what);
            assert_eq!(refusal.as_deref(), expect, "{venue:?} {local}");
        };
        check([0, 1_000], 500, None);
        check([0, 1_000], 2_000, None);
        check([0, 1_000], 3_001, Some("this machine's clock is 2.0 s ahead of the venue's"));
        check([1_000, 2_000], 0, None);
        check([2_001, 3_000], 0, Some("this machine's clock is 2.0 s behind the venue's"));
        check([60_000, 61_000], 100, Some("this machine's clock is 59.9 s behind the venue's"));
        // A slow answer says little about the time: it is no proof of a wrong clock, nor of a right one.
        let unclear = |seconds: &str| {
            format!("this machine's clock may be {seconds} s off the venue's, whose answers do not tell it better")
        };
        check([0, 10_000], 11_000, Some(&unclear("11.0")));
        check([0, 10_000], 5_000, Some(&unclear("5.0")));
        check([0, 1_000], 2_900, Some(&unclear("2.9")));
    }

    #[test]
    fn each_answer_of_the_venue_has_its_refusal() {
        let refused = |status: u16| ReadError::Refused {
            request: "GET /portfolio/balance".into(),
            status,
            code: "unauthorized".into(),
            message: "no".into(),
        };
        let check = |status: u16, words: &str| {
            let refusal = no_account(&refused(status), "key-1");
            assert!(format!("{} {}", refusal.what, refusal.fix).contains(words), "{refusal:?}");
        };
        assert!(no_series(&refused(404), "KXNO").what.contains("no series `KXNO`"));
        assert!(no_series(&refused(403), "KXNO").what.contains("cannot be read"));
        let no_status = |status: u16| {
            let settings = KalshiSettings { base_url: "https://example.com".to_owned(), ..KalshiSettings::default() };
            let Refusal { what, fix, .. } = no_status(&refused(status), &settings);
            format!("{what}\n{fix}")
        };
        assert!(no_status(404).contains("no exchange at https://example.com"), "{}", no_status(404));
        assert!(no_status(404).contains("check venue.base_url"), "{}", no_status(404));
        assert!(no_status(401).contains("does not accept the key"), "{}", no_status(401));
        check(401, "does not accept the key key-1");
        check(401, "are one pair");
        check(403, "write scope");
        check(404, "balance cannot be read");
        let passes = |error: &ReadError| no_account(error, "key-1").passes;
        assert!(!passes(&refused(401)) && !passes(&refused(404)) && passes(&refused(429)));
        let down = ReadError::Failing { request: "GET /portfolio/balance".into(), status: 500, attempts: 3 };
        assert!(passes(&down) && no_series(&down, "KX").passes && unreachable(&down).passes);
    }
}
