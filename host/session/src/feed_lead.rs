//! Two feeds of the same rows, one of which follows the other batch by batch.
//!
//! Whoever drives the second decides nothing that the first has not survived: a strategy that fills its memory and
//! fails does so once, and not in two instances at the same time.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::stop::StopFlag;

/// Time after which a stop is looked for.
const NAP: Duration = Duration::from_millis(20);

/// The side of the feed that leads.
#[derive(Debug)]
pub(crate) struct Leading(Sender<()>);

/// The side of the feed that follows.
#[derive(Debug)]
pub(crate) struct Following {
    asked: Receiver<()>,
    /// True until the first batch: the leader's first is asked for before any is done.
    is_first: bool,
    /// Ends the waiting.
    stop: StopFlag,
}

/// Returns both sides. A requested `stop` ends all waiting.
pub(crate) fn pair(stop: StopFlag) -> (Leading, Following) {
    let (sender, asked) = channel();
    (Leading(sender), Following { asked, is_first: true, stop })
}

impl Leading {
    /// Tells that the next batch is asked for, so that the one before is done.
    pub fn ask(&self) {
        // Nobody may follow any more.
        let _ = self.0.send(());
    }
}

impl Following {
    /// Waits until the leader has done the batch that comes next here, or has ended. Returns false after a stop: then
    /// the batch must not come.
    pub fn wait(&mut self) -> bool {
        let is_first = std::mem::take(&mut self.is_first);
        (!is_first || self.wait_for_one()) && self.wait_for_one()
    }

    fn wait_for_one(&self) -> bool {
        while self.asked.recv_timeout(NAP) == Err(RecvTimeoutError::Timeout) {
            if self.stop.is_requested() {
                return false;
            }
        }
        !self.stop.is_requested()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_comes_once_the_leader_has_done_it() {
        let stop = StopFlag::default();
        let (leading, mut following) = pair(stop.clone());
        let follower = std::thread::spawn(move || {
            assert!(following.wait());
            following
        });
        leading.ask();
        std::thread::sleep(3 * NAP);
        assert!(!follower.is_finished(), "the leader's first batch is not done");
        leading.ask();
        let mut following = follower.join().unwrap();
        // The leader's end lets everything come, and a stop nothing.
        drop(leading);
        assert!(following.wait());
        let (_leading, mut following) = pair(stop.clone());
        stop.request(crate::stop::StopSignal::Interrupt);
        assert!(!following.wait());
    }
}
