//! What can be asked of the venue.

use host_core::{Timestamp, Usd};
use serde::Deserialize;

use super::Kalshi;
use super::error::{self, Nonsense, ReadError};
use super::http::{Ask, segment};
use super::page::Row;
use super::wire::{
    AccountLimits, Balance, EventRow, ExchangeStatus, MarketRow, SeriesRow, VenueFill, VenueOrder, VenuePosition,
    VenueSettlement,
};

/// So many tickers go into one request; its address stays below 8 kB.
const TICKERS_AT_ONCE: usize = 100;

/// Which markets to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketFilter {
    /// Those that are open, of these series; of all if there is none.
    Open(Vec<String>),
    /// These, whatever their status.
    Tickers(Vec<String>),
}

impl Kalshi {
    /// Whether the exchange works.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn exchange_status(&self) -> Result<ExchangeStatus, ReadError> {
        self.read(&Ask::get("/exchange/status")).await
    }

    /// The account's request budget; the client keeps to it from now on.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn limits(&self) -> Result<AccountLimits, ReadError> {
        let limits: AccountLimits = self.read(&Ask::get("/account/limits")).await?;
        self.gate().budget.learn(&limits, self.clock().now());
        Ok(limits)
    }

    /// Markets with their top of book, in the venue's order, a thousand a request. Of open ones combinations are left out:
    /// there are many times more of them, and they are no binary contracts on one event.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn quotes(&self, filter: &MarketFilter) -> Result<Vec<MarketRow>, ReadError> {
        let all = Ask::get("/markets").with("limit", "1000");
        let open = all.clone().with("status", "open").with("mve_filter", "exclude");
        match filter {
            MarketFilter::Open(series) if series.is_empty() => self.list(&open).await,
            MarketFilter::Open(series) => {
                let mut rows = Vec::new();
                for ticker in series {
                    rows.extend(self.list::<MarketRow>(&open.clone().with("series_ticker", ticker)).await?);
                }
                Ok(rows)
            }
            MarketFilter::Tickers(tickers) => {
                let mut rows = Vec::new();
                for some in tickers.chunks(TICKERS_AT_ONCE) {
                    rows.extend(self.list::<MarketRow>(&all.clone().with("tickers", some.join(","))).await?);
                }
                Ok(rows)
            }
        }
    }

    /// Events with open markets, of these series; of all if there is none.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn events(&self, series: &[String]) -> Result<Vec<EventRow>, ReadError> {
        let all = Ask::get("/events").with("limit", "200").with("status", "open");
        if series.is_empty() {
            return self.list(&all).await;
        }
        let mut rows = Vec::new();
        for ticker in series {
            rows.extend(self.list::<EventRow>(&all.clone().with("series_ticker", ticker)).await?);
        }
        Ok(rows)
    }

    /// These series; all if there is none.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn series(&self, tickers: &[String]) -> Result<Vec<SeriesRow>, ReadError> {
        #[derive(Deserialize)]
        struct One {
            series: SeriesRow,
        }
        if tickers.is_empty() {
            return self.list(&Ask::get("/series")).await;
        }
        let mut rows = Vec::new();
        for ticker in tickers {
            let one: One = self.read(&named("/series", ticker)?).await?;
            rows.push(one.series);
        }
        Ok(rows)
    }

    /// The account's money.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn balance(&self) -> Result<Balance, ReadError> {
        self.read(&Ask::get("/portfolio/balance")).await
    }

    /// All orders that work.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn open_orders(&self) -> Result<Vec<VenueOrder>, ReadError> {
        self.list(&Ask::get("/portfolio/orders").with("limit", "1000").with("status", "resting")).await
    }

    /// All orders placed since `since`, whatever became of them.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn orders_since(&self, since: Timestamp) -> Result<Vec<VenueOrder>, ReadError> {
        self.list(&Ask::get("/portfolio/orders").with("limit", "1000").with("min_ts", self.seconds(since))).await
    }

    /// One order by the venue's name; `None` if the venue knows none.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn order(&self, id: &str) -> Result<Option<VenueOrder>, ReadError> {
        #[derive(Deserialize)]
        struct One {
            order: VenueOrder,
        }
        let ask = named("/portfolio/orders", id)?;
        match self.read::<One>(&ask).await {
            Ok(one) if one.order.order_id == id => Ok(Some(one.order)),
            Ok(one) => Err(ReadError::Nonsense(Nonsense {
                what: "it is another order".to_owned(),
                place: ask.place(),
                excerpt: error::printable(&one.order.order_id),
            })),
            Err(ReadError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All fills since `since`, each once.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn fills_since(&self, since: Timestamp) -> Result<Vec<VenueFill>, ReadError> {
        self.list(&Ask::get("/portfolio/fills").with("limit", "1000").with("min_ts", self.seconds(since))).await
    }

    /// All positions, also those that are flat again.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn positions(&self) -> Result<Vec<VenuePosition>, ReadError> {
        self.list(&Ask::get("/portfolio/positions").with("limit", "1000")).await
    }

    /// What markets paid since `since`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn settlements_since(&self, since: Timestamp) -> Result<Vec<VenueSettlement>, ReadError> {
        self.list(&Ask::get("/portfolio/settlements").with("limit", "1000").with("min_ts", self.seconds(since))).await
    }

    /// A time of the host for the venue, in whole seconds, rounded down: rather a row too many than one too few.
    fn seconds(&self, time: Timestamp) -> String {
        let time = time - self.clock().ahead();
        time.0.div_euclid(1_000_000_000).max(0).to_string()
    }
}

/// Asks for one thing by its name.
fn named(path: &str, name: &str) -> Result<Ask, ReadError> {
    let place = format!("GET {path}");
    let nonsense = |what| Nonsense { what: format!("{what}; nothing was sent"), place, excerpt: String::new() };
    let name = segment(name).map_err(nonsense)?;
    Ok(Ask::get(format!("{path}/{name}")))
}

impl Row for MarketRow {
    const LIST: &'static str = "markets";
    const ALONE: Option<&'static str> = Some("ticker");

    fn id(&self) -> &str {
        &self.ticker
    }

    fn check(mut self) -> Result<MarketRow, String> {
        // A size without a price is that of an empty side.
        self.bid_size = self.bid_size.filter(|_| self.bid.is_some());
        self.ask_size = self.ask_size.filter(|_| self.ask.is_some());
        Ok(self)
    }
}

impl Row for EventRow {
    const LIST: &'static str = "events";
    const ALONE: Option<&'static str> = Some("event_ticker");

    fn id(&self) -> &str {
        &self.ticker
    }
}

impl Row for SeriesRow {
    const LIST: &'static str = "series";
    const ALONE: Option<&'static str> = Some("ticker");

    fn id(&self) -> &str {
        &self.ticker
    }
}

impl Row for VenueOrder {
    const LIST: &'static str = "orders";

    fn id(&self) -> &str {
        &self.order_id
    }

    fn check(self) -> Result<VenueOrder, String> {
        // A name that no request can hold is one that cannot be cancelled.
        segment(&self.order_id)?;
        Ok(self)
    }
}

impl Row for VenueFill {
    const LIST: &'static str = "fills";

    fn id(&self) -> &str {
        &self.id
    }
}

impl Row for VenuePosition {
    const LIST: &'static str = "market_positions";

    fn id(&self) -> &str {
        &self.ticker
    }
}

impl Row for VenueSettlement {
    const LIST: &'static str = "settlements";

    fn id(&self) -> &str {
        &self.ticker
    }

    fn check(self) -> Result<VenueSettlement, String> {
        if self.revenue < Usd::ZERO { Err("it pays less than nothing".to_owned()) } else { Ok(self) }
    }
}
