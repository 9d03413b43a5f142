//! Rows are read back bit for bit, whatever happens in between; any NaN is an absent value.

use host_store::recording::rows_checksum;
use proptest::prelude::*;

use super::*;

/// Generates the values of a column: on the grid, off it, and NaNs of several kinds.
fn value(most: f64, unit: f64) -> impl Strategy<Value = f64> {
    let grid = (1..(most / unit) as u32).prop_map(move |n| f64::from(n) * unit);
    let nan = (0u64..1 << 51, any::<bool>()).prop_map(|(payload, negative)| {
        f64::from_bits(f64::NAN.to_bits() | payload | if negative { 1 << 63 } else { 0 })
    });
    let near = most * (1.0 - f64::EPSILON);
    prop_oneof![4 => grid, 3 => Just(f64::NAN), 1 => nan, 1 => 1e-12..near, 1 => Just(near), 1 => Just(1e-300)]
}

type Row = (f64, f64, f64, f64, f64, f64);

fn row() -> impl Strategy<Value = Row> {
    let price = || value(1.0, 1e-4);
    let size = || prop_oneof![value(1e6, 0.01), Just(0.0), Just(-0.0), Just(42_949_672.95), Just(1e10)];
    (price(), price(), size(), size(), price(), size())
}

#[derive(Clone, Debug)]
enum Step {
    /// A poll of these rows, so many minutes later.
    Poll(i64, Vec<Row>),
    Kill,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    let minutes = prop_oneof![4 => 1i64..300, 1 => 1_000i64..4_000];
    let poll = (minutes, prop::collection::vec(row(), 1..9)).prop_map(|(minutes, rows)| Step::Poll(minutes, rows));
    prop_oneof![8 => poll, 1 => Just(Step::Kill), 1 => Just(Step::Close)]
}

fn quotes(time: i64, rows: &[Row]) -> Quotes {
    let mut quotes = Quotes::default();
    for (market, &(bid, ask, bid_size, ask_size, last, volume)) in rows.iter().enumerate() {
        // Some of the markets, out of order.
        quotes.market.push(((market * 5 + rows.len()) % 11) as u32);
        quotes.time.push(time);
        quotes.bid.push(bid);
        quotes.ask.push(ask);
        quotes.bid_size.push(bid_size);
        quotes.ask_size.push(ask_size);
        quotes.last.push(last);
        quotes.volume.push(volume);
    }
    quotes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn rows_out_are_rows_in(steps in prop::collection::vec(step(), 1..60), share in 0.0f64..1.0) {
        let folder = tempfile::tempdir().unwrap();
        let (mut recording, _) = Recording::open(folder.path()).unwrap();
        recording.list(&markets(11)).unwrap();
        let (mut time, mut polls) = (MIDNIGHT, Vec::new());
        for step in steps {
            match step {
                Step::Poll(minutes, rows) => {
                    time += minutes * MINUTE;
                    polls.push(quotes(time, &rows));
                    recording.append(&polls[polls.len() - 1].all()).unwrap();
                }
                Step::Kill => {
                    drop(recording);
                    recording = Recording::open(folder.path()).unwrap().0;
                }
                Step::Close => {
                    recording.close().unwrap();
                    prop_assert_eq!(read_tape(folder.path()), all_bits(&polls));
                    recording = Recording::open(folder.path()).unwrap().0;
                }
            }
        }
        let (from, until) = always();
        prop_assert_eq!(read(recording.rows_between(from, until).unwrap()), all_bits(&polls));
        let from = Timestamp(MIDNIGHT + ((time - MIDNIGHT) as f64 * share) as i64);
        let until = from + Span::hours(30);
        let wanted = all_bits(polls.iter().filter(|poll| (from.0..until.0).contains(&poll.time[0])));
        prop_assert_eq!(read(recording.rows_between(from, until).unwrap()), wanted);
    }

    #[test]
    fn the_checksum_sees_any_bit_and_no_batches(
        rows in prop::collection::vec(row(), 1..9),
        cut in 0usize..9,
        column in 0usize..8,
        bit in 0u32..64,
    ) {
        let whole = quotes(MIDNIGHT, &rows);
        let (cut, state) = (cut.min(rows.len()), rows_checksum(&whole.all(), 0));
        let parts = rows_checksum(&whole.view(cut..rows.len()), rows_checksum(&whole.view(0..cut), 0));
        prop_assert_eq!(parts, state);
        let mut changed = whole.clone();
        let row = cut % rows.len();
        let flip = |value: &mut f64| *value = f64::from_bits(value.to_bits() ^ (1 << bit));
        match column {
            0 => changed.market[row] ^= 1 << (bit % 32),
            1 => changed.time[row] ^= 1 << bit,
            2 => flip(&mut changed.bid[row]),
            3 => flip(&mut changed.ask[row]),
            4 => flip(&mut changed.bid_size[row]),
            5 => flip(&mut changed.ask_size[row]),
            6 => flip(&mut changed.last[row]),
            _ => flip(&mut changed.volume[row]),
        }
        prop_assert_ne!(rows_checksum(&changed.all(), 0), state);
        prop_assert_ne!(rows_checksum(&whole.view(0..rows.len() - 1), 0), state);
    }
}

#[test]
fn an_empty_side_is_stored_as_absent_as_on_any_tape() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, _) = Recording::open(folder.path()).unwrap();
    recording.list(&markets(2)).unwrap();
    let mut rows = poll(MIDNIGHT, 2);
    (rows.bid[0], rows.ask[0]) = (0.0, 1.0);
    recording.append(&rows.all()).unwrap();
    (rows.bid[0], rows.ask[0]) = (f64::NAN, f64::NAN);
    assert_eq!(read_folder(folder.path()), bits(&rows));
    recording.close().unwrap();
    assert_eq!(read_tape(folder.path()), bits(&rows));
}
