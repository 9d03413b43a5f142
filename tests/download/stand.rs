//! An exchange that has played a recording for three days, and downloads from it.

use host_core::Timestamp;
use host_store::tape::Tape;
use serde_json::Value;

use super::oracle::{self, MIDNIGHT_S, Recorded};
use crate::support::environment::{Environment, Outcome};
use crate::support::process::Running;

/// The options that select everything of the recording.
pub const SERIES: &str = "--series KXHIGHNY";
/// All that is older than a day by the exchange's clock.
pub const PERIOD: &str = "--from 2026-01-05 --until 2026-01-06T18:00:00Z";

/// An exchange and the recording that it plays.
pub struct Stand {
    pub environment: Environment,
    pub exchange: Running,
    pub markets: Vec<Recorded>,
}

impl Stand {
    /// An exchange at 2026-01-08 whose cut-off is at 08:00 of 2026-01-06: the markets of the first day are in the
    /// historical tier, those of the second are not, and half of their trades are. `args` are the exchange's.
    pub fn new(args: &str) -> Stand {
        let environment = Environment::new();
        let markets = oracle::recording();
        let [quotes, facts] = oracle::files(&markets);
        environment.write("quotes.csv", quotes);
        environment.write("facts.csv", facts);
        let import = "data import quotes.csv --markets facts.csv --price-unit cents --volume day --out played";
        let _ = environment.run(import).success();
        let history = "--start 2026-01-08T00:00:00Z --history 3d --historical-after 40h --keep-history 60d";
        let exact = "--sub-penny-every 0 --settle-after 1m --fees none --simulation";
        let exchange = Running::start(&environment, &format!("--tape played {history} {exact} {args}"));
        Stand { environment, exchange, markets }
    }

    /// Returns the address of the exchange's API.
    pub fn url(&self) -> String {
        url(&self.exchange.address)
    }

    /// Downloads from the exchange itself, at full speed, with `args`.
    pub fn download(&self, args: &str) -> Outcome {
        self.download_from(&self.url(), args)
    }

    /// Downloads from the address `url`.
    pub fn download_from(&self, url: &str, args: &str) -> Outcome {
        self.environment.run(&command(url, args))
    }

    /// Opens a tape in the test's folder.
    pub fn tape(&self, name: &str) -> Tape {
        Tape::open(self.environment.path(name)).expect("a tape")
    }

    /// Asserts that a tape has exactly what the exchange's ledger has of a period, in seconds since 2026-01-05.
    #[track_caller]
    pub fn assert_is_ledger(&self, name: &str, (from_s, until_s): (i64, i64), with_trades: bool) {
        let (from_s, until_s) = (MIDNIGHT_S + from_s, MIDNIGHT_S + until_s);
        let tape = self.tape(name);
        oracle::assert_same(&oracle::read_rows(&tape), &oracle::rows(&self.markets, from_s, until_s));
        let trades = if with_trades { oracle::trades(&self.markets, from_s, until_s) } else { Vec::new() };
        oracle::assert_same(&oracle::read_trades(&tape), &trades);
        for market in tape.markets() {
            let recorded =
                self.markets.iter().find(|recorded| recorded.ticker == market.ticker).expect("it is recorded");
            let time = |seconds: i64| Some(Timestamp(seconds * 1_000_000_000));
            assert_eq!((market.opens, market.closes), (time(recorded.opens_s), time(recorded.closes_s)));
            assert_eq!((market.series.as_str(), market.category.as_str()), ("KXHIGHNY", "Climate"));
            assert_eq!(market.event, market.ticker.rsplit_once('-').expect("a name").0);
            assert!(market.event_time.is_some());
            let is_paid = recorded.closes_s + 60 <= until_s;
            let settlement = tape.settlements().iter().find(|settlement| settlement.market == market.id);
            assert_eq!(settlement.is_some(), is_paid, "{}: {settlement:?}", market.ticker);
        }
    }
}

/// Returns the arguments of a download.
pub fn command(url: &str, args: &str) -> String {
    format!("data download --url {url} --rate 500 {args}")
}

/// Returns the address of an API.
pub fn url(address: &str) -> String {
    format!("http://{address}/trade-api/v2")
}

/// Returns the JSON that a download printed.
pub fn report(outcome: Outcome) -> Value {
    serde_json::from_str(&outcome.success()).expect("JSON")
}
