//! The venue as the host saw it: outages, reads that were repeated, orders that it did not take. It comes from the
//! notices that a live account keeps.

use host_core::{Span, Timestamp};
use host_report::Window;
use host_store::live::KeptNotice;
use serde::Serialize;

/// The venue as the host saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VenueHealth {
    /// Times in which endpoints of the venue did not answer.
    pub outages: Vec<Outage>,
    /// Reads that succeeded only when they were repeated.
    pub repeated_reads: u64,
    /// Times at which the venue took fewer requests than it had said.
    pub throttled: u64,
    /// Orders whose outcome was not known at once.
    pub unknown_orders: u64,
    /// Times at which the stream of prices broke, so that prices were polled.
    pub stream_breaks: u64,
    /// Times at which strategies were shown no poll for more than three intervals.
    pub missing_polls: u64,
    /// Times at which the venue's clock and this machine's differed.
    pub clock_skews: u64,
}

/// A time in which some of the venue's endpoints did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outage {
    pub from: String,
    /// ISO 8601; null if it lasted to the end of the period.
    pub until: Option<String>,
    /// Its length within the period.
    pub seconds: i64,
    /// The first notice of it.
    pub text: String,
}

impl VenueHealth {
    /// Returns what `notices`, which are in order, tell of the period `window`.
    pub(super) fn of(notices: &[KeptNotice], window: Window) -> VenueHealth {
        let mut health = VenueHealth { outages: outages(notices, window), ..VenueHealth::default() };
        let is_within = |notice: &&KeptNotice| (window.from()..window.until()).contains(&notice.time);
        for notice in notices.iter().filter(is_within) {
            let counted = match notice.code.as_str() {
                "reads_repeated" => &mut health.repeated_reads,
                "throttled" => &mut health.throttled,
                "order_unknown" => &mut health.unknown_orders,
                "stream_down" => &mut health.stream_breaks,
                "polls_missing" => &mut health.missing_polls,
                "clock_skew" => &mut health.clock_skews,
                _ => continue,
            };
            *counted += u64::from(notice.times);
        }
        health
    }

    /// Returns the time in which some endpoints did not answer.
    pub fn down(&self) -> Span {
        Span::seconds(self.outages.iter().map(|outage| outage.seconds).sum())
    }
}

/// Returns the outages within `window`. Each group of endpoints is told once when it goes and once when it comes back;
/// a host that starts knows of no outage, whatever the one before it saw.
fn outages(notices: &[KeptNotice], window: Window) -> Vec<Outage> {
    let mut outages = Vec::new();
    let mut down = 0_u32;
    let mut began: Option<&KeptNotice> = None;
    for notice in notices {
        match (notice.code.as_str(), notice.severity.as_str()) {
            ("venue_down", "alert") => {
                down += 1;
                began = began.or(Some(notice));
            }
            ("venue_up", _) => down = down.saturating_sub(1),
            ("started" | "stopping", _) => down = 0,
            _ => continue,
        }
        if down == 0 {
            outages.extend(began.take().and_then(|began| outage(began, Some(notice.time), window)));
        }
    }
    outages.extend(began.and_then(|began| outage(began, None, window)));
    outages
}

fn outage(began: &KeptNotice, until: Option<Timestamp>, window: Window) -> Option<Outage> {
    let within = |time: Timestamp| time.clamp(window.from(), window.until());
    let ended = until.unwrap_or(window.until());
    let is_within = began.time < window.until() && ended > window.from();
    let length = within(ended) - within(began.time);
    is_within.then(|| Outage {
        from: began.time.to_string(),
        until: until.map(|until| until.to_string()),
        seconds: length.as_seconds().round() as i64,
        text: began.text.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(seconds: i64, severity: &str, code: &str, times: u32) -> KeptNotice {
        KeptNotice {
            time: Timestamp(0) + Span::seconds(seconds),
            severity: severity.to_owned(),
            code: code.to_owned(),
            times,
            market: None,
            order: None,
            text: format!("at {seconds}"),
        }
    }

    fn window() -> Window {
        Window::new(Timestamp(0) + Span::seconds(100), Timestamp(0) + Span::seconds(1_000)).unwrap()
    }

    #[test]
    fn an_outage_lasts_until_all_endpoints_answer_or_another_host_starts() {
        let check = |notices: &[(i64, &str)], expect: &[(i64, &str)]| {
            let notices: Vec<_> = notices.iter().map(|&(at, code)| notice(at, "alert", code, 1)).collect();
            let found = outages(&notices, window());
            let found: Vec<_> = found.iter().map(|outage| (outage.seconds, outage.text.as_str())).collect();
            assert_eq!(found, expect);
        };
        check(&[], &[]);
        check(&[(200, "venue_down"), (260, "venue_up")], &[(60, "at 200")]);
        let two = [(200, "venue_down"), (210, "venue_down"), (220, "venue_up"), (260, "venue_up")];
        check(&two, &[(60, "at 200")]);
        check(&[(200, "venue_down"), (500, "started"), (600, "venue_up")], &[(300, "at 200")]);
        check(&[(900, "venue_down")], &[(100, "at 900")]);
        check(&[(50, "venue_down"), (130, "venue_up")], &[(30, "at 50")]);
        check(&[(50, "venue_down"), (60, "venue_up"), (1_100, "venue_down")], &[]);
    }

    #[test]
    fn an_attempt_to_start_is_no_outage() {
        assert_eq!(outages(&[notice(200, "warning", "venue_down", 1)], window()), []);
    }

    #[test]
    fn what_happened_within_the_period_is_counted_as_often_as_it_did() {
        let notices = [
            notice(50, "warning", "reads_repeated", 7),
            notice(150, "warning", "reads_repeated", 3),
            notice(160, "warning", "reads_repeated", 2),
            notice(170, "warning", "throttled", 1),
            notice(180, "warning", "order_unknown", 1),
            notice(190, "alert", "disk_low", 1),
            notice(1_000, "warning", "throttled", 1),
        ];
        let expect = VenueHealth { repeated_reads: 5, throttled: 1, unknown_orders: 1, ..VenueHealth::default() };
        assert_eq!(VenueHealth::of(&notices, window()), expect);
    }
}
