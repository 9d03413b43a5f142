//! A person's stop of an account: by its running host, or at the venue directly if none answers.

use std::collections::BTreeSet;
use std::time::Duration;

use host_core::{Span, Timestamp};
use host_sandbox::trust::TradingMode;
use host_store::decisions::{self, Decision};
use host_system::clock;
use host_venues::clock::Clock;
use host_venues::kalshi::{ClockKind, KalshiSettings};
use host_venues::model::VenueOrder;

use super::cancel_all::{VenueAccess, named};
use super::client::{NoAnswer, ask};
use super::kill_switch::KillSwitch;
use super::protocol::{Failure, Reply, Request};
use super::server::final_reply;
use crate::account_dir::{AccountDir, VENUE};
use crate::settings::LiveSettings;
use crate::venue_way::VenueWay;

/// Orders of this time are known before a stop looks for those of a host elsewhere.
const RECENT: Span = Span::minutes(2);

/// The way to stop an account, whatever its host does.
#[derive(Clone, Debug)]
pub struct StopTerms {
    pub folder: AccountDir,
    pub venue: KalshiSettings,
    /// Time to keep trying.
    pub patience: Duration,
    /// Time after which a host elsewhere that trades with the same key would have sent orders.
    pub poll: Span,
}

impl StopTerms {
    /// Returns the terms of the account in `folder`.
    pub fn new(folder: AccountDir, venue: &KalshiSettings, live: &LiveSettings, poll: Span) -> StopTerms {
        let poll = poll.min(Span::minutes(1));
        StopTerms { folder, venue: venue.clone(), patience: live.cancel_timeout(), poll }
    }

    /// Lets no order leave, cancels all orders and looks until none is open. Each step is handed to `say`. Stopping
    /// twice does no harm.
    pub fn stop(&self, reason: &str, by: &str, say: &mut (dyn FnMut(&str) + Send)) -> Reply {
        let request = Request::Kill { reason: reason.to_owned(), by: by.to_owned() };
        match ask(&self.folder, &request, say) {
            Ok(reply) => return reply,
            Err(NoAnswer::NotRunning) => {
                say(&format!("no host is running here as this user: cancelling {} directly", self.place()));
            }
            Err(NoAnswer::Hung(why)) => {
                say(&format!(
                    "a host seems to be running but does not answer ({why}): cancelling {} directly",
                    self.place()
                ));
                say("if it stays unresponsive, end its process (`kill -9`): it notices the kill only when it recovers");
            }
        }
        self.stop_at_venue(reason, by, say)
    }

    /// Returns where orders are cancelled, in words.
    fn place(&self) -> &'static str {
        match self.folder.mode() {
            TradingMode::Live => "at the venue",
            TradingMode::Paper => "in the paper account's ledger",
        }
    }

    /// Engages the kill switch first, so that no host starts or goes on trading, then cancels at the venue.
    fn stop_at_venue(&self, reason: &str, by: &str, say: &mut (dyn FnMut(&str) + Send)) -> Reply {
        let latched = KillSwitch::load(&self.folder).engage(reason, by);
        match &latched {
            Ok(()) => {
                say(&format!("killed: {}", self.folder.killed().display()));
                self.note(reason, by, say);
            }
            Err(error) => say(&error.to_string()),
        }
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                return Reply::Failed(Failure::new("cannot start the connection to the venue").because(error));
            }
        };
        let cancelled = runtime.block_on(async {
            let clock = match self.venue.clock {
                ClockKind::Wall => Clock::wall(),
                ClockKind::Stepped => Clock::stepped(&self.venue.base_url).await.map_err(|error| {
                    let failure = Failure::new("the exchange's clock cannot be read").because(error);
                    failure.hint("is the exchange running?")
                })?,
            };
            let access = VenueAccess { name: VENUE.to_owned(), way: self.way(), clock, patience: self.patience };
            match self.folder.mode() {
                TradingMode::Live => self.verify_twice(&access, say).await,
                // Its ledger is here: no host elsewhere has it.
                TradingMode::Paper => {
                    let mut say = |text: String| say(&text);
                    access.explain(access.verify_no_open_orders(&|| false, &mut say).await)
                }
            }
        });
        final_reply(cancelled, latched)
    }

    fn way(&self) -> VenueWay {
        match self.folder.mode() {
            TradingMode::Live => VenueWay::Kalshi(self.venue.clone()),
            TradingMode::Paper => VenueWay::PaperLedger(self.folder.ledger(), self.venue.clone()),
        }
    }

    /// Notes a stop that no host has journaled, and that a resume would leave no trace of.
    fn note(&self, reason: &str, by: &str, say: &mut (dyn FnMut(&str) + Send)) {
        let time = Timestamp(clock::unix_nanos());
        let (who, what, text) = (by.to_owned(), "kill".to_owned(), reason.to_owned());
        let noted = decisions::add(self.folder.path(), &Decision { time, who, what, text, about: None });
        // Orders wait to be cancelled: a note is no reason to stop.
        if let Err(error) = noted {
            say(&format!("warning: {error}"));
        }
    }

    /// Cancels everything, and once more what a host elsewhere has placed within the time of a poll: that one is not
    /// stopped from here.
    async fn verify_twice(&self, access: &VenueAccess, say: &mut (dyn FnMut(&str) + Send)) -> Result<String, Failure> {
        let mut say = |text: String| say(&text);
        let time = match access.verify_no_open_orders(&|| false, &mut say).await {
            Ok(time) => time,
            failed => return access.explain(failed),
        };
        let known = match access.orders_since(time - RECENT).await {
            Ok(orders) => orders.into_iter().map(|order| order.order_id).collect::<BTreeSet<_>>(),
            Err(error) => return access.explain(Err(error)),
        };
        let poll = self.poll;
        say(format!("a host elsewhere may trade with this key: looking for its orders again in {poll}"));
        access.clock.sleep(poll).await;
        let placed: Vec<VenueOrder> = match access.orders_since(time - RECENT).await {
            Ok(orders) => orders.into_iter().filter(|order| !known.contains(&order.order_id)).collect(),
            Err(error) => return access.explain(Err(error)),
        };
        let verified = access.explain(access.verify_no_open_orders(&|| false, &mut say).await);
        if placed.is_empty() {
            return verified;
        }
        let placed_number = placed.len();
        let what = format!("a host elsewhere trades on with this key: it placed {placed_number} orders after the kill");
        let failure = Failure::new(what).because(named(&placed).trim_start());
        let failure = match verified {
            Ok(verified) => failure.because(format!("they were cancelled; {verified}")),
            Err(Failure { message, causes, .. }) => causes.into_iter().fold(failure.because(message), Failure::because),
        };
        let key = access.way.key_id().unwrap_or_default();
        Err(failure
            .hint("end that host: `host kill` on its machine, as its user, or `kill -9`; `host kill` again then")
            .hint(format!("or revoke the key {key} at {VENUE}, which stops every host that has it")))
    }
}
