//! Files of the kinds that people have, each with its right rows or with a refusal that names the cure.

use std::io::{Cursor, Write};

use host_store::import::ImportOptions;

use crate::support::{Case, full_rows, rows};

/// Imports `content` with `change`d options, and compares its rows.
fn check(content: impl AsRef<[u8]>, columns: &str, change: impl Fn(&mut ImportOptions), expect: &[&str]) {
    let mut case = Case::new(columns);
    change(&mut case.options);
    let imported = case.import(&[case.file("f", content)]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rows(&imported.tape), expect);
}

/// Imports `content` with `change`d options, which is refused with each text of `expect`.
fn refused(content: impl AsRef<[u8]>, columns: &str, change: impl Fn(&mut ImportOptions), expect: &[&str]) {
    let mut case = Case::new(columns);
    change(&mut case.options);
    let said = case.import(&[case.file("f", content)]).map(|imported| rows(&imported.tape)).unwrap_err();
    for expect in expect {
        assert!(said.contains(expect), "`{expect}` is not in: {said}");
    }
    let explained = case.explain(&[case.folder.path().join("f")]).map(|explained| explained.page).unwrap_err();
    assert_eq!(explained, said, "explained as it is imported");
}

fn as_is(_: &mut ImportOptions) {}

fn zone(name: &str) -> impl Fn(&mut ImportOptions) {
    let zone = name.parse().unwrap();
    move |options| options.zone = zone
}

fn unit(name: &str) -> impl Fn(&mut ImportOptions) {
    let unit = name.parse().unwrap();
    move |options| options.price_unit = Some(unit)
}

#[test]
fn columns_under_their_own_names_are_taken() {
    let case = Case::new("");
    let file = case.file(
        "f.csv",
        "time,market,bid,ask,bid_size,ask_size,last,volume,note\n\
         2026-04-06T12:00:00Z,SNOW-DEN,0.37,0.41,150,80,0.39,5200,x\n\
         2026-04-06T12:00:30Z,SNOW-DEN,0.38,0.42,140,95,0.42,5260,\n",
    );
    let imported = case.import(&[file]).unwrap();
    insta::assert_snapshot!(full_rows(&imported.tape).join("\n"), @r"
    2026-04-06T12:00:00.000Z SNOW-DEN 0.37 0.41 150x80 last 0.39 volume 5200
    2026-04-06T12:00:30.000Z SNOW-DEN 0.38 0.42 140x95 last 0.42 volume 5260
    ");
    assert_eq!(imported.page.readings[0].columns_unused, ["note"]);
}

#[test]
fn separators_marks_and_markers_of_absence_are_seen() {
    let tabs = "time\tmarket\tbid\task\n2026-04-06T12:00:00Z\tD-1\t0.37\t0.41\n2026-04-06T12:00:30Z\tD-1\tNA\t0.42\n";
    let expect = ["2026-04-06T12:00:00.000Z D-1 0.37 0.41", "2026-04-06T12:00:30.000Z D-1 - 0.42"];
    check(tabs, "", as_is, &expect);
    check(tabs.replace('\t', ";").replace("0.", "0,"), "", as_is, &expect);
    check(tabs.replace('\t', "|").replace('\n', "\r\n"), "", as_is, &expect);
    check(format!("\u{feff}\"time\",\"market\",\"bid\",\"ask\"{}", &tabs.replace('\t', ",")[19..]), "", as_is, &expect);
    let wide = |big: bool| -> Vec<u8> {
        let pair = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        tabs.encode_utf16().flat_map(pair).collect()
    };
    for big in [false, true] {
        check(wide(big), "", as_is, &expect);
        let mark = if big { [0xfe, 0xff] } else { [0xff, 0xfe] };
        check([&mark[..], &wide(big)].concat(), "", as_is, &expect);
    }
    check(tabs.replace("NA", "n.d."), "", |options| options.absent = vec!["N.D.".into()], &expect);
    refused(tabs.replace("NA", "n.d."), "", as_is, &["line 3", "`n.d.` is no price"]);
}

#[test]
fn dates_are_read_in_the_one_way_that_they_can_be() {
    let daily =
        |times: [&str; 2]| format!("date,contract,bid,ask\n{},G,0.55,0.57\n{},G,0.56,0.58\n", times[0], times[1]);
    let expect = ["2026-04-06T00:00:00.000Z G 0.55 0.57", "2026-04-17T00:00:00.000Z G 0.56 0.58"];
    for times in [
        ["20260406", "20260417"],
        ["4/6/2026", "4/17/2026"],
        ["06.04.2026", "17.04.2026"],
        ["6 Apr 2026", "17 Apr 2026"],
        ["\"Apr 6, 2026\"", "\"April 17, 2026 12:00 AM\""],
        ["1775433600", "1776384000000"],
    ] {
        check(daily(times), "", as_is, &expect);
    }
    let unclear = daily(["4/6/2026", "4/7/2026"]);
    refused(&unclear, "", as_is, &["`4/6/2026`", "line 2", "--date-order mdy", "--date-order dmy"]);
    // Years whose nanoseconds no number of 64 bits counts.
    for time in ["9999-04-17", "2262-04-11T23:59:59Z", "17 Apr 9999"] {
        refused(daily(["2026-04-06", time]), "", as_is, &["line 3", time]);
    }
    let order =
        |name: &'static str| move |options: &mut ImportOptions| options.time_format = Some(name.parse().unwrap());
    check(
        &unclear,
        "",
        order("mdy"),
        &["2026-04-06T00:00:00.000Z G 0.55 0.57", "2026-04-07T00:00:00.000Z G 0.56 0.58"],
    );
    check(
        &unclear,
        "",
        order("dmy"),
        &["2026-06-04T00:00:00.000Z G 0.55 0.57", "2026-07-04T00:00:00.000Z G 0.56 0.58"],
    );
    let sheet = daily(["46118.5", "46119"]);
    refused(&sheet, "", as_is, &["line 2", "`46118.5` is no time from 2000 to 2099", "--time-format excel"]);
    check(
        &sheet,
        "",
        order("excel"),
        &["2026-04-06T12:00:00.000Z G 0.55 0.57", "2026-04-07T00:00:00.000Z G 0.56 0.58"],
    );
    check(
        daily(["6.4.26 2 Uhr", "7.4.26 14 Uhr"]),
        "",
        order("%d.%m.%y %H Uhr"),
        &["2026-04-06T02:00:00.000Z G 0.55 0.57", "2026-04-07T14:00:00.000Z G 0.56 0.58"],
    );
}

#[test]
fn clocks_are_followed_over_the_night_in_which_they_are_set_back() {
    let newest_first = "Time,Market,Bid,Ask\n\
        2026-11-01 02:10:00,D,0.44,0.47\n2026-11-01 01:50:00,D,0.43,0.46\n2026-11-01 01:20:00,D,0.42,0.45\n\
        2026-11-01 01:40:00,D,0.41,0.44\n2026-11-01 01:10:00,D,0.40,0.43\n2026-11-01 00:50:00,D,0.39,0.42\n";
    let expect = [
        "2026-11-01T04:50:00.000Z D 0.39 0.42",
        "2026-11-01T05:10:00.000Z D 0.40 0.43",
        "2026-11-01T05:40:00.000Z D 0.41 0.44",
        "2026-11-01T06:20:00.000Z D 0.42 0.45",
        "2026-11-01T06:50:00.000Z D 0.43 0.46",
        "2026-11-01T07:10:00.000Z D 0.44 0.47",
    ];
    check(newest_first, "", zone("America/New_York"), &expect);
    let (header, lines) = newest_first.split_once('\n').unwrap();
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.reverse();
    check(format!("{header}\n{}\n", lines.join("\n")), "", zone("America/New_York"), &expect);
    // Each market has a pass of its own, whether the rows of markets are mixed or stand one after the other.
    let other: Vec<String> = lines.iter().map(|line| line.replace(",D,", ",E,")).collect();
    let mixed: Vec<String> = lines.iter().zip(&other).map(|(one, two)| format!("{one}\n{two}")).collect();
    let both: Vec<String> = expect.iter().flat_map(|row| [row.to_string(), row.replace(" D ", " E ")]).collect();
    let both: Vec<&str> = both.iter().map(String::as_str).collect();
    check(format!("{header}\n{}\n", mixed.join("\n")), "", zone("America/New_York"), &both);
    check(format!("{header}\n{}\n{}\n", lines.join("\n"), other.join("\n")), "", zone("America/New_York"), &both);
    let hourly = ["00:00", "01:00", "01:00", "02:00"].map(|clock| format!("2026-11-01 {clock},D,0.40,0.41\n"));
    let hours = [4, 5, 6, 7].map(|hour| format!("2026-11-01T0{hour}:00:00.000Z D 0.40 0.41"));
    let hours = hours.each_ref().map(String::as_str);
    check(format!("{header}\n{}", hourly.concat()), "", zone("America/New_York"), &hours);
    lines.swap(0, 5);
    let shuffled = format!("{header}\n{}\n", lines.join("\n"));
    refused(
        shuffled,
        "",
        zone("America/New_York"),
        &["twice that night", "sort the file, or write times with their offset"],
    );
}

#[test]
fn one_price_is_a_price_and_a_spread_is_assumed_only_if_stated() {
    let history = "t,p\n1775476800,0.385\n1775477100,0.390\n";
    refused(history, "", as_is, &["no column `market`"]);
    let one = "time=t,market=\"SNOW\",last=p";
    check(history, one, as_is, &["2026-04-06T12:00:00.000Z SNOW - -", "2026-04-06T12:05:00.000Z SNOW - -"]);
    let spread = |options: &mut ImportOptions| options.spread = Some(host_core::Price(100));
    let expect = ["2026-04-06T12:00:00.000Z SNOW 0.38 0.39", "2026-04-06T12:05:00.000Z SNOW 0.385 0.395"];
    check(history, one, spread, &expect);
    check(history, "market=\"SNOW\"", spread, &expect);
    let mut case = Case::new(one);
    spread(&mut case.options);
    let imported = case.import(&[case.file("f", history)]).unwrap();
    let made = imported.tape.meta().source.made.clone().unwrap();
    assert!(made.assumed.iter().any(|said| said.contains("bid and ask are assumed")), "{made:?}");
    assert_eq!(made.options["spread"], "0.01");
}

#[test]
fn a_column_for_each_market_is_read() {
    let wide = "timestamp,48° or below,49° to 50°,51° or above\n2026-04-06T14:01:00Z,3.50,61.00,36.20\n\
                2026-04-06T14:04:00Z,,64.50,33.10\n";
    let mut case = Case::new("");
    refused(wide, "", as_is, &["percent, cents or decimal odds", "--price-unit percent", "--price-unit odds"]);
    case.options.price_unit = Some("cents".parse().unwrap());
    let imported = case.import(&[case.file("f", wide)]).unwrap();
    insta::assert_snapshot!(full_rows(&imported.tape).join("\n"), @r"
    2026-04-06T14:01:00.000Z 48° or below - - -x- last 0.035 volume -
    2026-04-06T14:01:00.000Z 49° to 50° - - -x- last 0.61 volume -
    2026-04-06T14:01:00.000Z 51° or above - - -x- last 0.362 volume -
    2026-04-06T14:04:00.000Z 49° to 50° - - -x- last 0.645 volume -
    2026-04-06T14:04:00.000Z 51° or above - - -x- last 0.331 volume -
    ");
}

#[test]
fn bids_for_no_are_asks_for_yes() {
    let book = "recorded_at,ticker,yes_bid,no_bid\n2026-04-06T12:00:00.250Z,D-1,37,59\n\
                2026-04-06T12:00:03.500Z,D-1,38,58\n2026-04-06T12:00:09.125Z,D-1,0,63\n";
    let expect = [
        "2026-04-06T12:00:00.250Z D-1 0.37 0.41",
        "2026-04-06T12:00:03.500Z D-1 0.38 0.42",
        "2026-04-06T12:00:09.125Z D-1 - 0.37",
    ];
    check(book, "", as_is, &expect);
    check(book, "time=recorded_at,market=ticker,bid=yes_bid,ask=1-no_bid", unit("cents"), &expect);
}

#[test]
fn odds_are_prices_the_other_way_round() {
    let odds = "\u{feff}EVENT_TIME,RUNNER,BEST_BACK,BEST_LAY\r\n2026-04-06 12:00:00.000 +0000,Home,2.50,2.56\r\n\
                2026-04-06 12:00:30.000 +0000,Home,2.52,2.58\r\n";
    let columns = "time=EVENT_TIME,market=RUNNER,bid=BEST_BACK,ask=BEST_LAY";
    refused(odds, columns, as_is, &["--price-unit odds"]);
    check(
        odds,
        columns,
        unit("odds"),
        &["2026-04-06T12:00:00.000Z Home 0.3906 0.40", "2026-04-06T12:00:30.000Z Home 0.3876 0.3968"],
    );
}

#[test]
fn a_name_that_stands_twice_needs_its_place() {
    let twice = "time,market,price,size,price,size\n2026-04-06T12:00:00Z,D-1,0.37,150,0.41,80\n";
    refused(twice, "time=time,market=market,bid=price,ask=price", as_is, &["`price` stands twice", "#3 and #5"]);
    check(twice, "bid=#3,ask=#5", as_is, &["2026-04-06T12:00:00.000Z D-1 0.37 0.41"]);
}

#[test]
fn files_without_a_header_need_places() {
    let bare = "2026-04-06T12:00:00Z,D-1,0.37,0.41\n2026-04-06T12:00:30Z,D-1,0.38,0.42\n";
    refused(bare, "", as_is, &["its first line holds data", "--columns time=1,market=2,bid=3,ask=4"]);
    let expect = ["2026-04-06T12:00:00.000Z D-1 0.37 0.41", "2026-04-06T12:00:30.000Z D-1 0.38 0.42"];
    check(bare, "time=1,market=2,bid=3,ask=4", as_is, &expect);
    check(bare, "time=#1,market=#2,bid=#3,ask=#4", |options| options.no_header = true, &expect);
}

#[test]
fn dollars_are_never_read_as_cents() {
    let dollars = "time,market,bid,ask\n2026-04-06T12:00:00Z,D-1,0.37,0.41\n";
    refused(dollars, "", unit("cents"), &["none of its prices is above 1", "--price-unit dollars"]);
    refused(dollars, "", unit("percent"), &["none of its prices is above 1", "--price-unit dollars"]);
    let mixed = "time,market,bid,ask,last\n2026-04-06T12:00:00Z,D-1,37,41,0.39\n";
    refused(mixed, "", as_is, &["`last` has prices in dollars", "`bid` in another unit"]);
    let cents = "time,market,bid,ask\n2026-04-06T12:00:00Z,D-1,37,41\n";
    refused(cents, "", unit("dollars"), &["line 2", "price 37 is more than a dollar"]);
    check(cents, "", as_is, &["2026-04-06T12:00:00.000Z D-1 0.37 0.41"]);
    check(
        cents.replace("37,41", "37¢,$0.41").replace("$0.41", "41¢"),
        "",
        as_is,
        &["2026-04-06T12:00:00.000Z D-1 0.37 0.41"],
    );
}

#[test]
fn a_zip_archive_has_one_file_of_data() {
    let archive = |files: &[(&str, &str)]| {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let rows = "time,market,bid,ask\n2026-04-06T12:00:00Z,D-1,0.37,0.41\n";
    let expect = ["2026-04-06T12:00:00.000Z D-1 0.37 0.41"];
    check(archive(&[("quotes.csv", rows)]), "", as_is, &expect);
    check(archive(&[("readme.md", "x"), ("__MACOSX/quotes.csv", "x"), ("a/quotes.csv", rows)]), "", as_is, &expect);
    refused(
        archive(&[("a.csv", rows), ("b.csv", rows)]),
        "",
        as_is,
        &["2 files of data (`a.csv`, `b.csv`)", "unpack it"],
    );
    let whole = archive(&[("quotes.csv", rows)]);
    refused(&whole[..whole.len() / 2], "", as_is, &["the zip archive cannot be read"]);
}
