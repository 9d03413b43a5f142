//! Trades beside polls: each is in the recording once, in order, wherever the host is killed.

use std::path::Path;

use host_core::{PublicTrades, Taker};
use host_store::recording::{Disk, Recording, RecordingError};
use host_store::tape::Tape;

use super::{MIDNIGHT, MINUTE, markets, poll};

/// Polls of four hours around midnight, half an hour apart, each with the trades since the one before.
const POLLS: i64 = 9;
const EVERY: i64 = 30 * MINUTE;
const FIRST: i64 = MIDNIGHT - 4 * EVERY;

/// The trades of the half hour before poll `number`: the last of the day before comes with the first poll of a day.
fn trades(number: i64) -> PublicTrades {
    let mut trades = PublicTrades::none();
    for part in 0..3 {
        trades.market.push((number + part) as u32 % 2);
        trades.time.push(FIRST + (number - 1) * EVERY + part * 10 * MINUTE + 1);
        trades.price.push(0.4 + 0.01 * part as f64);
        trades.quantity.push(1.0 + number as f64);
        trades.taker.push([Taker::Buys, Taker::Sells, Taker::Unknown][part as usize]);
    }
    trades
}

fn all(from: i64, until: i64) -> PublicTrades {
    let mut all = PublicTrades::none();
    (from..until).for_each(|number| all.append_part(&trades(number), 0..3));
    all
}

/// Goes on with the recording in `folder` after what it has, as a host does, until `disk` fails or all is recorded.
fn go_on(folder: &Path, disk: Disk) -> Result<(), RecordingError> {
    let (mut recording, _) = Recording::open_on(folder, disk)?;
    recording.list(&markets(2))?;
    for number in 0..POLLS {
        let (time, last) = (FIRST + number * EVERY, recording.last());
        if last.is_none_or(|last| last.0 < time) {
            recording.append(&poll(time, 2).all())?;
        }
        let new = trades(number);
        if recording.last_trade().is_none_or(|last| last.0 < new.time[0]) {
            recording.append_trades(&new)?;
        }
    }
    recording.close()
}

/// All trades of the tape in `folder`.
fn recorded(folder: &Path) -> PublicTrades {
    let tape = Tape::open(folder).unwrap();
    let (mut reader, mut batch, mut all) = (tape.trades_reader(), PublicTrades::none(), PublicTrades::none());
    while reader.next_batch(&mut batch).unwrap() {
        all.append_part(&batch, 0..batch.len());
    }
    assert_eq!(tape.meta().trades(), all.len() as u64);
    all
}

#[test]
fn trades_come_back_once_and_in_order_across_midnight_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    go_on(folder.path(), Disk::default()).unwrap();
    assert_eq!(recorded(folder.path()), all(0, POLLS));
    // Nothing is left to do.
    go_on(folder.path(), Disk::default()).unwrap();
    assert_eq!(recorded(folder.path()), all(0, POLLS));
    let days: Vec<i64> = Tape::open(folder.path()).unwrap().meta().trade_days.iter().map(|day| day.day).collect();
    assert_eq!(days, [19_999, 19_999, 20_000], "the last trade of a day may come with the first poll of the next");
}

#[test]
fn a_kill_at_any_operation_loses_no_trade_and_doubles_none() {
    let whole = tempfile::tempdir().unwrap();
    let (recording, _) = Recording::open_on(whole.path(), Disk::stopped(0..0)).unwrap();
    drop(recording);
    for operation in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let is_whole = go_on(folder.path(), Disk::stopped(operation..u64::MAX)).is_ok();
        go_on(folder.path(), Disk::stopped(0..0)).unwrap();
        // A batch that was cut off is as if it had never come: the host asks for it again.
        assert_eq!(recorded(folder.path()), all(0, POLLS), "killed at operation {operation}");
        if is_whole {
            assert!(operation > 40, "only {operation} operations");
            return;
        }
    }
}

#[test]
fn trades_that_are_none_are_refused_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, _) = Recording::open(folder.path()).unwrap();
    recording.list(&markets(2)).unwrap();
    recording.append_trades(&trades(1)).unwrap();
    let mut check = |change: fn(&mut PublicTrades), says: &str| {
        let mut bad = trades(2);
        change(&mut bad);
        let refused = recording.append_trades(&bad).unwrap_err().to_string();
        assert!(refused.contains(says), "{refused}");
    };
    check(|trades| trades.market[1] = 2, "names market 2");
    check(|trades| trades.time[0] = 0, "before that of the trade above");
    check(|trades| trades.price[2] = 1.0, "its price is 1");
    check(|trades| trades.quantity[2] = f64::NAN, "its quantity is NaN");
    recording.append_trades(&PublicTrades::none()).unwrap();
    recording.append_trades(&trades(2)).unwrap();
    recording.close().unwrap();
    assert_eq!(recorded(folder.path()), all(1, 3));
}
