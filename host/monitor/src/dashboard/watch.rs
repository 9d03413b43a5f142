//! The one look at the host that all browsers share: whatever their number, it is asked once a second.

use std::sync::Arc;
use std::time::Duration;

use host_core::Usd;
use host_live::account_dir::AccountDir;
use host_live::control::KillSwitch;
use host_live::control::client::NoAnswer;
use host_live::control::kill_switch::Killed;
use host_live::control::status::{Status, StatusView};
use host_pages::numbers;
use host_report::Money;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::standing::RunStanding;
use super::view::Frame;
use crate::status::look_now;

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// The host as it was seen last.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// The status; `None` if the host does not answer.
    pub view: Option<StatusView>,
    pub frame: Frame,
    /// The engagement of the kill switch, which the account's folder tells if no host does.
    pub killed: Option<Killed>,
    /// The reason why there is no status, in words.
    pub silent: Option<String>,
    /// The state of a run; `None` for an account.
    pub run: Option<RunStanding>,
}

impl Sight {
    /// Returns what the host said of itself.
    pub fn status(&self) -> Option<&Status> {
        self.view.as_ref()?.status.as_ref()
    }

    /// Returns true if a page of `other` has the same around the parts that follow: the words of a silent host, the
    /// ways to stop and to close.
    pub fn has_the_frame_of(&self, other: &Sight) -> bool {
        fn around(sight: &Sight) -> (bool, bool, bool, bool, Option<&str>) {
            let is_over = sight.run.as_ref().is_some_and(|run| run.is_over);
            let (is_told, is_killed) = (sight.status().is_some(), sight.killed.is_some());
            (is_told, is_killed, is_over, sight.positions() > 0, sight.silent.as_deref())
        }
        around(self) == around(other)
    }

    /// Returns the number of open positions, as far as it is known.
    pub fn positions(&self) -> usize {
        self.status().map_or(0, |status| status.positions.len())
    }

    /// Returns the most that all positions can lose, in dollars, for people.
    pub fn at_risk(&self) -> String {
        let loss: f64 = self.status().map_or(0.0, |status| status.positions.iter().map(|line| line.at_risk).sum());
        numbers::money(Money(Usd::from_dollars(loss).unwrap_or(Usd::ZERO)))
    }
}

/// Looks at the host of the account in `folder` for ever, and publishes what it sees.
pub async fn look(folder: AccountDir, sight: watch::Sender<Arc<Sight>>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let folder = folder.clone();
        let seen = spawn_blocking(move || seen(&folder)).await;
        sight.send_replace(Arc::new(seen.unwrap_or_default()));
    }
}

/// Returns what is seen now.
pub fn seen(folder: &AccountDir) -> Sight {
    let silent = match look_now(folder) {
        Ok(view) => {
            let (frame, killed) = (Frame::of(Some(&view)), view.killed.clone());
            return Sight { frame, view: Some(view), killed, ..Sight::default() };
        }
        Err(silent) => silent,
    };
    let killed = KillSwitch::load(folder).killed();
    Sight { frame: Frame::of(None), killed, silent: Some(words(&silent)), ..Sight::default() }
}

fn words(silent: &NoAnswer) -> String {
    match silent {
        NoAnswer::NotRunning => "No host runs: nothing trades, and nothing watches the positions.".to_owned(),
        NoAnswer::Hung(why) => {
            format!("The host does not answer ({why}). Stopping works without it, at the venue directly.")
        }
    }
}
