//! Markets that change their tier in the middle of a download.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::stand::{PERIOD, SERIES, Stand, report, url};
use crate::support::proxy::Proxy;

/// Moves a stepped exchange's clock to a second.
fn advance(address: &str, to_s: i64) {
    let body = format!("{{\"to_ns\":{}}}", to_s * 1_000_000_000);
    let mut exchange = TcpStream::connect(address).expect("the exchange");
    let head =
        format!("POST /simulation/advance HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close", body.len());
    exchange.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).expect("a request");
    let mut answer = String::new();
    exchange.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_market_that_changes_its_tier_is_found_in_the_other_one() {
    // The markets of the second day move between the list and their candlesticks, and their trades with them.
    for before in [
        "GET /trade-api/v2/historical/markets",
        "GET /trade-api/v2/markets/candlesticks",
        "GET /trade-api/v2/markets/trades",
    ] {
        let stand = Stand::new("--stepped");
        let proxy = Proxy::to(&stand.exchange.address);
        let address = stand.exchange.address.clone();
        let mut is_done = false;
        proxy.change(move |request, status, body| {
            if !is_done && request.starts_with(before) {
                is_done = true;
                advance(&address, super::oracle::MIDNIGHT_S + 4 * 86_400);
            }
            (status, body)
        });
        let outcome =
            stand.download_from(&url(&proxy.address), &format!("{SERIES} {PERIOD} --trades --format json --out tape"));
        let done = report(outcome);
        stand.assert_is_ledger("tape", (0, 86_400 + 18 * 3_600), true);
        assert_eq!(done["historical_markets"], 2, "{before}");
    }
}
