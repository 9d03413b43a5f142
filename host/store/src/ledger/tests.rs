use std::collections::BTreeMap;
use std::fs;

use host_core::record::{DayClose, Trade};
use host_core::{
    Fill, Intent, Market, MarketId, Order, OrderId, OrderState, Price, Qty, Side, SlotId, Span, TimeInForce, Timestamp,
};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::*;

fn names() -> LedgerNames {
    let market = |id: u32, ticker: &str, category: &str| Market {
        ticker: ticker.to_owned(),
        category: category.to_owned(),
        ..host_testkit::market(id)
    };
    LedgerNames {
        markets: vec![market(0, "FED-26", "Economics"), market(1, "A,B \"C\"", "")],
        slots: BTreeMap::from([(SlotId(0), "reversion".to_owned())]),
    }
}

fn records() -> Vec<Record> {
    let at = |second: i64| Timestamp(1_767_571_200_000_000_000) + Span::seconds(second);
    let order = |id: u64, market: u32, time: i64| Order {
        id: OrderId(id),
        slot: SlotId(0),
        market: MarketId(market),
        side: Side::Buy,
        price: Price(4_200),
        qty: Qty::contracts(10),
        time_in_force: TimeInForce::GoodTill(at(time + 600)),
        intent: Intent::Entry,
        created: at(time),
        arrival_mid_doubled: 8_500,
    };
    let placed = |id, market, time| Record::Placed { order: order(id, market, time), verdicts: Vec::new() };
    let fill = Fill::at_price(OrderId(1), at(30), Price(4_150), Qty::contracts(4), Usd::micros(20_000), false);
    vec![
        placed(1, 0, 0),
        placed(2, 1, 1),
        Record::Filled {
            slot: SlotId(0),
            market: MarketId(0),
            side: Side::Buy,
            fill,
            arrival_mid_doubled: 8_500,
            position: Qty::contracts(4),
        },
        Record::Done {
            order: OrderId(1),
            time: at(600),
            state: OrderState::Expired,
            filled: Qty::contracts(4),
            reason: String::new(),
        },
        Record::Trade(Trade {
            slot: SlotId(0),
            market: MarketId(0),
            side: Side::Buy,
            qty: Qty::contracts(4),
            opened: at(30),
            closed: at(90),
            entry_price: Price(4_150),
            exit_price: Price(10_000),
            fees: Usd::micros(20_000),
            net: Usd::micros(2_320_000),
            settled: true,
        }),
        Record::DayClose(DayClose {
            day: at(0).day(),
            equity: Usd::micros(2_002_320_000),
            realised: Usd::micros(2_320_000),
            max_drawdown: Usd::micros(20_000),
            max_drawdown_peak: Usd::micros(2_000_000_000),
        }),
    ]
}

fn written() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::create(folder.path(), names(), Some(Usd::micros(2_000_000_000))).unwrap();
    records().iter().for_each(|record| ledger.take(record).unwrap());
    assert!(!folder.path().join("trades.csv").exists(), "half a ledger must not have the name of a whole one");
    ledger.finish().unwrap();
    folder
}

#[test]
fn rows_have_names_iso_times_and_exact_decimals() {
    let folder = written();
    // A column a line: its heading, and its cell in each row.
    let read = |name: &str| {
        let mut csv = csv::Reader::from_path(folder.path().join(name)).unwrap();
        let headings = csv.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
        let columns = headings.iter().enumerate().map(|(place, heading)| {
            let cells: Vec<&str> = rows.iter().map(|row| &row[place]).collect();
            format!("{heading}: {}", cells.join(" | "))
        });
        columns.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(read("trades.csv"), @r#"
    opened: 2026-01-05T00:00:30.000Z
    closed: 2026-01-05T00:01:30.000Z
    strategy: reversion
    ticker: FED-26
    event: KX
    category: Economics
    side: buy
    contracts: 4
    entry_price: 0.415
    exit_price: 1.00
    fees: 0.02
    net_pnl: 2.32
    holding_seconds: 60
    settled: true
    "#);
    insta::assert_snapshot!(read("orders.csv"), @r#"
    order: 1 | 2
    created: 2026-01-05T00:00:00.000Z | 2026-01-05T00:00:01.000Z
    ended: 2026-01-05T00:10:00.000Z | 
    strategy: reversion | reversion
    ticker: FED-26 | A,B "C"
    intent: entry | entry
    side: buy | buy
    limit_price: 0.42 | 0.42
    contracts: 10 | 10
    filled: 4 | 0
    average_price: 0.415 | 
    fees: 0.02 | 0.00
    arrival_mid: 0.425 | 0.425
    expires: 2026-01-05T00:10:00.000Z | 2026-01-05T00:10:01.000Z
    state: expired | working
    reason:  | 
    "#);
    insta::assert_snapshot!(read("fills.csv"), @r#"
    time: 2026-01-05T00:00:30.000Z
    order: 1
    strategy: reversion
    ticker: FED-26
    side: buy
    price: 0.415
    contracts: 4
    cost: 1.66
    fee: 0.02
    liquidity: maker
    arrival_mid: 0.425
    position_after: 4
    "#);
    insta::assert_snapshot!(read("daily.csv"), @r#"
    date: 2026-01-05
    equity: 2002.32
    equity_change: 2.32
    realised_pnl: 2.32
    trades: 1
    fills: 1
    fees: 0.02
    max_drawdown: 0.02
    "#);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 8);
}

#[test]
fn parquet_has_the_same_rows() {
    let folder = written();
    for (name, rows) in [("trades", 1), ("orders", 2), ("fills", 1), ("daily", 1)] {
        let file = fs::File::open(folder.path().join(format!("{name}.parquet"))).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let found: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(found.len(), rows, "{name}");
        let csv = fs::read_to_string(folder.path().join(format!("{name}.csv"))).unwrap();
        let headings: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        let columns = reader.metadata().file_metadata().schema().get_fields().iter().map(|field| field.name());
        let columns: Vec<&str> = columns.collect();
        assert_eq!(columns, headings, "{name}");
    }
}

#[test]
fn a_ledger_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(Ledger::create(folder.path(), names(), None).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
