//! The copy of the configuration that a drill is held with: the same limits, sandbox and capital, at the embedded
//! exchange, with an account, a key and folders of its own.

use std::path::Path;

use host_core::{Price, Span, Timestamp};
use toml::{Table, Value};

use crate::config::Config;

/// Name of the drill's account.
pub(super) const ACCOUNT: &str = "drill";
/// Number of its markets.
const MARKETS: usize = 5;
/// The bid, which the orders join.
const BID: Price = Price(3_000);
/// The widest spread.
const WIDEST: Price = Price(6_000);

/// The settings of the copy that stand in place of the configuration's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own<'a> {
    pub(super) address: &'a str,
    pub(super) key_id: &'a str,
    pub(super) key_file: &'a Path,
    /// Port of the dashboard, on this machine.
    pub(super) dashboard: u16,
    /// Address of the receiver of alerts.
    pub(super) receiver: &'a str,
}

/// Returns the text of the copy's `host.toml`.
pub(super) fn configuration(config: &Config, own: Own<'_>) -> String {
    let mut tree = config.clone().into_tree();
    // Who may run, who is told, what hours it is and where things lie is not what is rehearsed.
    for section in ["venue", "live", "trust", "alerts", "logs", "runs", "dashboard", "schedule", "gonogo", "feed"] {
        tree.remove(section);
    }
    if let Some(Value::Table(risk)) = tree.get_mut("risk") {
        risk.remove("slots");
    }
    // Orders that rest, small and soon, whatever the strategy's pace is: there is something to cancel.
    set(&mut tree, "execution", &[("entry_pricing", "join"), ("sizing", "fixed 1"), ("order_expiry", "10m")]);
    set(&mut tree, "feed", &[("poll", "1s")]);
    set(&mut tree, "live", &[("account", ACCOUNT), ("sync", "1s"), ("reconcile", "2s"), ("max_unseen", "5s")]);
    let (base, key_file) = (format!("http://{}/trade-api/v2", own.address), own.key_file.display().to_string());
    let venue = [("base_url", base.as_str()), ("key_id", own.key_id), ("key_file", key_file.as_str())];
    set(&mut tree, "venue", &venue);
    set(&mut tree, "venue", &[("request_timeout", "2s")]);
    let listen = format!("127.0.0.1:{}", own.dashboard);
    set(&mut tree, "dashboard", &[("listen", &listen)]);
    insert(&mut tree, "dashboard", "enabled", Value::Boolean(true));
    set(&mut tree, "alerts", &[("group", "1s")]);
    let receiver = [("kind", "json"), ("url", own.receiver), ("min_severity", "warning")];
    let receiver = receiver.map(|(key, value)| (key.to_owned(), Value::String(value.to_owned())));
    insert(&mut tree, "alerts", "webhook", Value::Array(vec![Value::Table(receiver.into_iter().collect())]));
    tree.to_string()
}

fn set(tree: &mut Table, section: &str, keys: &[(&str, &str)]) {
    keys.iter().for_each(|(key, value)| insert(tree, section, key, Value::String((*value).to_owned())));
}

fn insert(tree: &mut Table, section: &str, key: &str, value: Value) {
    if let Value::Table(section) = tree.entry(section).or_insert_with(|| Value::Table(Table::new())) {
        section.insert(key.to_owned(), value);
    }
}

/// The files of markets that the limits let the drill trade, as CSV for `host data import`: prices that stand still, so
/// that orders rest.
#[derive(Debug)]
pub(super) struct MarketFiles {
    pub(super) quotes: String,
    pub(super) markets: String,
}

/// The columns of the quotes.
pub(super) const COLUMNS: [&str; 8] = ["time", "market", "bid", "ask", "bid_size", "ask_size", "last", "volume"];

impl MarketFiles {
    /// Makes the markets around `now`.
    pub(super) fn around(now: Timestamp, config: &Config) -> MarketFiles {
        let limits = &config.risk;
        let spread = limits.min_spread.max(Price(200)).min(limits.max_spread).min(WIDEST);
        let (bid, ask) = (BID.dollars(), (BID + spread).dollars());
        let first = limits.allowed_markets.first().map_or("*", String::as_str);
        let prefix = first.strip_suffix('*').unwrap_or(first);
        let names = |at: usize| if first.ends_with('*') { format!("{prefix}DRILL{at}-1") } else { prefix.to_owned() };
        let mut tickers: Vec<String> = (0..MARKETS).map(names).collect();
        tickers.dedup();
        let second = now.0 / Span::seconds(1).0;
        let mut quotes = format!("{}\n", COLUMNS.join(","));
        for time in (second - 600..second + 3_600).step_by(5) {
            for ticker in &tickers {
                let volume = 1_000 * (time - second + 601);
                quotes += &format!("{time},{ticker},{bid},{ask},1000,1000,{ask},{volume}\n");
            }
        }
        let (opens, closes) = (second - 600, second + Span::days(300).0 / Span::seconds(1).0);
        let market = |ticker: &String| format!("{ticker},drill,{opens},{closes}\n");
        let markets = tickers.iter().map(market).collect::<String>();
        MarketFiles { quotes, markets: format!("ticker,category,opens,closes\n{markets}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load_text;

    /// Returns the copy of the configuration `text`, read again.
    fn copied(text: &str) -> (String, Config) {
        let own = Own {
            address: "127.0.0.1:1",
            key_id: "own-key",
            key_file: Path::new("/tmp/own.pem"),
            dashboard: 2,
            receiver: "http://127.0.0.1:3/drill",
        };
        let copy = configuration(&load_text(text, &[]).unwrap().config, own);
        let read = load_text(&copy, &[]).unwrap().config;
        (copy, read)
    }

    #[test]
    fn nothing_in_the_copy_leads_to_the_venue_or_to_people() {
        let text = "[venue]\nkey_id = \"REAL\"\nkey_file = \"REAL.pem\"\nseries = [\"REAL\"]\n\
                    [live]\naccount = \"REAL\"\nfolder = \"REAL\"\n[runs]\nfolder = \"REAL\"\n\
                    [logs]\nfolder = \"REAL\"\n[dashboard]\nlisten = \"127.0.0.1:9999\"\n\
                    [alerts]\nheartbeat_url = \"https://REAL.example\"\n\
                    [alerts.mail]\nserver = \"REAL.example\"\nfrom = \"a@REAL.example\"\nto = [\"b@REAL.example\"]\n\
                    [[alerts.webhook]]\nkind = \"json\"\nurl = \"https://REAL.example\"\n\
                    [risk]\nmax_daily_loss = 77.0\n[capital]\ntarget = 1234.0\n";
        let (copy, read) = copied(text);
        assert!(!copy.contains("REAL") && !copy.contains("9999"), "{copy}");
        assert_eq!(read.venue.base_url, "http://127.0.0.1:1/trade-api/v2");
        assert_eq!((read.live.account.as_str(), read.alerts.webhook.len()), (ACCOUNT, 1));
        assert_eq!(read.risk, load_text(text, &[]).unwrap().config.risk, "the limits are those of the configuration");
        assert_eq!(read.capital.target(), host_core::Usd::dollars(1_234));
    }

    #[test]
    fn the_markets_are_such_as_the_limits_allow() {
        let check = |risk: &str, ticker: &str, prices: &str| {
            let config = load_text(&format!("[risk]\n{risk}\n"), &[]).unwrap().config;
            let MarketFiles { quotes, markets } = MarketFiles::around(Timestamp(Span::days(20_000).0), &config);
            let row = quotes.lines().nth(1).unwrap_or_default();
            assert!(row.contains(&format!(",{ticker},{prices},")), "{row}");
            assert!(markets.contains(&format!("\n{ticker},drill,")), "{markets}");
        };
        check("max_spread = 0.1", "DRILL0-1", "0.3,0.32");
        check("min_spread = 0.05", "DRILL0-1", "0.3,0.35");
        check("min_spread = 0.0\nmax_spread = 0.01", "DRILL0-1", "0.3,0.31");
        check("allowed_markets = [\"KXHIGHNY*\"]", "KXHIGHNYDRILL0-1", "0.3,0.32");
        check("allowed_markets = [\"KXFED-1\"]", "KXFED-1", "0.3,0.32");
    }
}
