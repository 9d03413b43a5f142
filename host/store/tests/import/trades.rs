//! Trades as a tape's second table: with its quotes, or added to them later.

use std::fs;
use std::path::PathBuf;

use host_core::PublicTrades;
use host_store::import::{Imported, add_trades, import};
use host_store::tape::Tape;

use super::support::{Case, rows};

const QUOTES: &str = "time,market,bid,ask\n\
    2026-04-06T12:00:00Z,SNOW-DEN,0.37,0.41\n2026-04-06T12:01:00Z,SNOW-BOS,0.50,0.52\n\
    2026-04-08T12:00:00Z,SNOW-DEN,0.38,0.42\n";
const TRADES: &str = "time,market,price,quantity,side\n\
    2026-04-07T10:00:00Z,SNOW-BOS,0.52,4,buy\n2026-04-06T12:00:30Z,SNOW-DEN,0.37,2.5,sell\n";

fn trades(tape: &Tape) -> Vec<String> {
    let (mut reader, mut batch, mut all) = (tape.trades_reader(), PublicTrades::default(), Vec::new());
    while reader.next_batch(&mut batch).unwrap() {
        all.extend((0..batch.len()).map(|row| {
            let ticker = &tape.markets()[batch.market[row] as usize].ticker;
            format!("{ticker} {} x {} {:?}", batch.price[row], batch.quantity[row], batch.taker[row])
        }));
    }
    all
}

/// Imports the quotes, then adds `files` of trades to the tape.
fn add(case: &Case, files: &[PathBuf]) -> Result<Imported, String> {
    let out = case.folder.path().join("tape");
    if !out.exists() {
        import(&[case.file("quotes.csv", QUOTES)], &out, &case.options, &mut |_| {}).unwrap();
    }
    let before = fs::read(out.join("tape.json")).unwrap();
    let added = add_trades(files, &out, &case.options, &mut |_| {});
    let names = fs::read_dir(&out).unwrap().flatten().map(|file| file.file_name().to_string_lossy().into_owned());
    assert!(!names.into_iter().any(|name| name.starts_with('.')), "no scratch is left behind");
    added.map_err(|error| {
        assert_eq!(fs::read(out.join("tape.json")).unwrap(), before, "the tape is as it was");
        Tape::open(&out).unwrap();
        error.to_string().replace(&format!("{}/", case.folder.path().display()), "")
    })
}

#[test]
fn trades_are_imported_with_quotes_or_added_to_them_and_both_give_the_same() {
    let shown = ["SNOW-DEN 0.37 x 2.5 Sells", "SNOW-BOS 0.52 x 4 Buys"];
    let together = Case::new("");
    let mut case = Case::new("");
    case.options.trades = vec![together.file("trades.csv", TRADES)];
    let both = case.import(&[case.file("quotes.csv", QUOTES)]).unwrap();
    assert_eq!(trades(&both.tape), shown);
    let later = Case::new("");
    let added = add(&later, &[later.file("trades.csv", TRADES)]).unwrap();
    assert_eq!(trades(&added.tape), shown);
    assert_eq!(rows(&added.tape), rows(&both.tape));
    assert_eq!((added.info.rows, added.info.trades, added.page.trades), (3, 2, 2));
    assert_eq!(added.page.odd, both.page.odd);
    assert_eq!(
        added.page.odd,
        ["trades stop at 2026-04-07T10:00:00.000Z, quotes go on to 2026-04-08T12:00:00.000Z: after the day of \
          the last, decreases of the displayed size stand in for trades"]
    );
    let made = added.tape.meta().source.made.clone().unwrap();
    let files: Vec<_> = made.files.iter().map(|file| &file.name).collect();
    assert_eq!(files, ["quotes.csv", "trades.csv"]);
    // Once is all.
    let again = add(&later, &[later.file("trades.csv", TRADES)]).unwrap_err();
    assert!(again.contains("`tape`") && again.contains("it has trades already"), "{again}");
}

#[test]
fn the_columns_of_trades_are_stated_beside_those_of_quotes() {
    let mut case = Case::new("ask=offer");
    let quotes = case.file("quotes.csv", QUOTES.replace("ask", "offer"));
    case.options.trades = vec![case.file("trades.csv", TRADES.replace("quantity", "lots"))];
    let error = case.import(std::slice::from_ref(&quotes)).unwrap_err();
    assert!(error.contains("trades.csv") && error.contains("quantity"), "{error}");
    case.options.trades_columns = "quantity=lots".parse().unwrap();
    let imported = case.import(&[quotes]).unwrap();
    assert_eq!(imported.page.trades, 2);
    let made = imported.tape.meta().source.made.clone().unwrap();
    assert_eq!(made.options["trades"], "trades.csv");
    assert_eq!(made.options["trades-columns"], "quantity=lots");
}

#[test]
fn trades_of_strange_markets_are_told_and_alone_refused() {
    let case = Case::new("");
    let strange = "time,market,price,quantity,side\n2026-04-06T12:00:30Z,RAIN,0.37,2.5,sell\n";
    let error = add(&case, &[case.file("rain.csv", strange)]).unwrap_err();
    assert_eq!(
        error,
        "no trade is of a market of the tape `tape`: the files name `RAIN`; `--trades-columns market=COLUMN` says \
         where they name the tape's markets"
    );
    let files = [case.file("rain.csv", strange), case.file("trades.csv", TRADES)];
    let added = add(&case, &files).unwrap();
    assert_eq!(added.page.odd[0], "1 trade of a market without quotes: `RAIN`, left out");
    assert_eq!(added.page.trades, 2);
    // With quotes in one import, such a market is listed, and told.
    let mut case = Case::new("");
    case.options.trades = vec![case.file("rain.csv", strange)];
    let imported = case.import(&[case.file("quotes.csv", QUOTES)]).unwrap();
    assert_eq!(imported.page.odd[0], "1 trade of a market without quotes: `RAIN`");
}

#[test]
fn bad_trades_leave_the_tape_as_it_was() {
    let check = |text: &str, expect: &[&str]| {
        let case = Case::new("");
        let error = add(&case, &[case.file("bad.csv", text)]).unwrap_err();
        for expect in expect {
            assert!(error.contains(expect), "`{expect}` is not in: {error}");
        }
    };
    let head = "time,market,price,quantity,side\n";
    check("", &["bad.csv", "empty"]);
    check(head, &["no file has a row"]);
    check("time,market,price\n2026-04-06T12:00:30Z,SNOW-DEN,0.37\n", &["quantity"]);
    check(&format!("{head}2026-04-06T12:00:30Z,SNOW-DEN,0.37,-1,sell\n"), &["bad.csv", "line 2", "--skip-bad-rows"]);
    check(&format!("{head}2026-04-06T12:00:30Z,SNOW-DEN,0.37,1,sideways\n"), &["bad.csv", "line 2", "sideways"]);
}

#[test]
fn trades_alone_can_be_explained_and_make_no_tape() {
    let mut case = Case::new("");
    case.options.trades = vec![case.file("trades.csv", TRADES)];
    let explained = case.explain(&[]).unwrap();
    assert_eq!((explained.page.trades, explained.page.rows), (2, 0));
    let alone = case.import(&[]).unwrap_err();
    assert!(alone.contains("add them with `--trades` to a tape that has quotes"), "{alone}");
}
