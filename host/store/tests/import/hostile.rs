//! Files that change while they are read, that are no data, or full of bad rows.

use std::fs::OpenOptions;
use std::io::Write;

use host_store::import::{ImportOptions, import};

use crate::support::{Case, MIDNIGHT, gzip, rows};

fn many(rows: i64, row: impl Fn(i64) -> String) -> String {
    let lines: String = (0..rows).map(|number| format!("{},A-1,{}\n", MIDNIGHT + number, row(number))).collect();
    format!("time,market,bid,ask\n{lines}")
}

#[test]
fn a_file_that_grows_while_it_is_read_is_refused() {
    let case = Case::new("");
    let path = case.file("f.csv", many(40_000, |_| "0.40,0.42".to_owned()));
    let out = case.folder.path().join("tape");
    let mut grown = false;
    let said = import(std::slice::from_ref(&path), &out, &ImportOptions::default(), &mut |_| {
        if !std::mem::replace(&mut grown, true) {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(b"1767700000,A-1,0.40,0.42\n").unwrap();
        }
    });
    let said = said.unwrap_err().to_string();
    assert!(said.contains("changed while it was read") && said.contains("copy it"), "{said}");
    assert!(!out.exists());
}

#[test]
fn many_bad_rows_are_counted_and_few_are_quoted() {
    let bad = many(200_000, |number| if number % 2 == 0 { "forty,0.42".to_owned() } else { "0.40,0.42".to_owned() });
    let mut case = Case::new("");
    let file = case.file("f.csv", bad);
    let said = case.import(std::slice::from_ref(&file)).unwrap_err();
    assert!(said.contains("line 2: `forty` is no price"), "{said}");
    case.options.skip_bad_rows = true;
    let imported = case.import(&[file]).unwrap();
    assert_eq!(
        (imported.counts.bad_rows, imported.counts.bad_examples.len(), imported.page.rows),
        (100_000, 5, 100_000)
    );
    assert_eq!(imported.page.readings[0].files[0].rows_not_used, 100_000);
    let mut case = Case::new("");
    case.options.skip_bad_rows = true;
    let said = case.import(&[case.file("f.csv", many(3, |_| "forty,0.42".to_owned()))]).unwrap_err();
    assert!(said.contains("no file has a row to import; the first that was left out: `f.csv`, line 2"), "{said}");
}

#[test]
fn what_is_no_data_is_named() {
    let check = |content: &[u8], expect: &str| {
        let case = Case::new("");
        let said = case.import(&[case.file("f", content)]).unwrap_err();
        assert!(said.contains(expect), "`{expect}` is not in: {said}");
        let said = case.import(&[case.file("f.gz", gzip(content))]).unwrap_err();
        assert!(said.contains(expect), "packed, `{expect}` is not in: {said}");
    };
    check(b"%PDF-1.4 ...", "it is a PDF");
    check(b"<!DOCTYPE html><html></html>", "it is a web page");
    check(b"SQLite format 3\0....", "export the table as CSV");
    check(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel workbook");
    check(b"one\ntwo\nthree\n", "it has one column only");
    check(b"a,b\0,c\n", "neither text nor a known format");
    check(br#"{"bids":[{"price":1}],"asks":[{"price":2}]}"#, "2 lists of rows (`bids`, `asks`)");
    check(b"\n\n \n", "`f");
    let case = Case::new("");
    let mut bomb = b"time,market,bid,ask\n".to_vec();
    bomb.resize(40_000_000, b'x');
    let said = case.import(&[case.file("f.gz", gzip(bomb))]).unwrap_err();
    assert!(said.contains("a record has more than a million bytes"), "{said}");
}

#[test]
fn a_row_that_does_not_fit_the_header_is_named() {
    let check = |content: &str, expect: &str| {
        let case = Case::new("");
        let said = case.import(&[case.file("f", content)]).unwrap_err();
        assert!(said.contains(expect), "`{expect}` is not in: {said}");
    };
    let good = many(2, |_| "0.40,0.42".to_owned());
    check(&format!("{good}1767571300,A-1,0.4,0.42,7\n"), "line 4: it has 5 fields, more than the 4 of the header");
    check(&format!("{good}1767571300,A-1,0.4\n").replace('\n', "\r\n"), "line 4: it has 3 fields, fewer");
    check(&format!("{good}\n\n1767571300,A-1,x,0.5\n").replace('\n', "\r\n"), "line 6: `x` is no price");
    check("{\"time\":1767571200,\"market\":\"A\",\"bid\":0.4,\"ask\":0.5}\nnonsense\n", "line 2: it is not JSON");
    check(
        "[\n{\"time\":1767571200,\"market\":\"A\",\"bid\":0.4,\"ask\":0.5},\n\n{\"time\":1,\"market\":\"A\"}]",
        "line 4: `1`",
    );
    let cents = many(6_000, |number| if number < 5_500 { "0,1".to_owned() } else { "40,42".to_owned() });
    check(&cents, "line 5502: price 40 is more than a dollar; `--price-unit`");
}

#[test]
fn a_file_that_does_not_show_its_unit_has_that_of_the_others() {
    let case = Case::new("");
    let quiet = case.file("quiet.csv", many(2, |_| "1,1".to_owned()).replace("A-1", "Q-1"));
    let busy = case.file("busy.csv", many(2, |_| "40,42".to_owned()));
    let imported = case.import(&[quiet, busy]).unwrap();
    let shown = rows(&imported.tape);
    assert!(shown.iter().any(|row| row.ends_with("Q-1 0.01 0.01")), "{shown:?}");
    assert!(
        imported.page.assumed.iter().any(|said| said.contains("as in the other files")),
        "{:?}",
        imported.page.assumed
    );
}

#[test]
fn rows_of_one_time_keep_the_order_of_their_file() {
    let row = |bid: u8| format!("1767571200,A-1,0.{bid},0.99");
    let oldest =
        ["1767571100,A-1,0.10,0.99".to_owned(), row(20), row(30), row(40), "1767571300,A-1,0.50,0.99".to_owned()];
    let mut newest = oldest.clone();
    newest.reverse();
    let tape = |lines: &[String]| {
        let case = Case::new("");
        let text = format!("time,market,bid,ask\n{}\n", lines.join("\n"));
        rows(&case.import(&[case.file("f", text)]).unwrap().tape)
    };
    assert_eq!(tape(&oldest), tape(&newest));
    assert!(tape(&oldest)[1].ends_with("A-1 0.20 0.99"));
}
