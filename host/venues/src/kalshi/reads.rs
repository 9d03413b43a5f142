//! Reads: markets, orders, fills and the account.

use host_core::{Span, Timestamp};
use serde::Deserialize;

use super::account::Kalshi;
use super::hours;
use super::http::{ApiRequest, segment};
use super::wire::{
    WireAnnouncement, WireBalance, WireEvent, WireFill, WireLimits, WireMarket, WireOrder, WirePosition, WireSchedule,
    WireSeries, WireSettlement, WireStatus,
};
use crate::client::budget::AccountLimits;
use crate::client::json::printable;
use crate::client::skew::VenueTime;
use crate::error::{MalformedResponse, ReadError};
use crate::model::{
    AccountBalance, AccountRows, Announcement, Closure, EventDescription, MarketFilter, MarketRow, SeriesDescription,
    VenueFill, VenueOrder, VenuePosition, VenueSettlement, VenueStatus,
};

/// Most tickers in one request: keeps its address below 8 kB.
const TICKERS_AT_ONCE: usize = 100;

/// Precision at which [`Kalshi::venue_time`] stops asking: that of a response which took half a second.
const PRECISE: Span = Span::millis(1_500);

/// Most requests of one [`Kalshi::venue_time`].
const SAMPLES: u32 = 5;

impl Kalshi {
    /// Returns whether the exchange operates and trades (`GET /exchange/status`).
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn exchange_status(&self) -> Result<VenueStatus, ReadError> {
        self.read::<WireStatus>(&ApiRequest::get("/exchange/status")).await.map(VenueStatus::from)
    }

    /// Returns the announcements of the exchange, the latest first, those without a time last
    /// (`GET /exchange/announcements`).
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn announcements(&self) -> Result<Vec<Announcement>, ReadError> {
        let mut rows = self.list::<WireAnnouncement>(&ApiRequest::get("/exchange/announcements")).await?;
        rows.sort_by_key(|announcement| std::cmp::Reverse(announcement.time));
        Ok(rows)
    }

    /// Returns the times of the coming week in which the exchange takes no orders by its own schedule, in the order of
    /// their beginnings (`GET /exchange/schedule`).
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn closures(&self) -> Result<Vec<Closure>, ReadError> {
        #[derive(Deserialize)]
        struct OneSchedule {
            schedule: WireSchedule,
        }
        let one: OneSchedule = self.read(&ApiRequest::get("/exchange/schedule")).await?;
        Ok(hours::closures(&one.schedule, self.clock().now()))
    }

    /// Returns the account's request limits; the client keeps to them from now on.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn limits(&self) -> Result<AccountLimits, ReadError> {
        let limits: WireLimits = self.read(&ApiRequest::get("/account/limits")).await?;
        let limits = AccountLimits::from(limits);
        self.gate().budget.learn(&limits, self.clock().now());
        Ok(limits)
    }

    /// Returns markets with their top of book, in the venue's order, a thousand a request.
    ///
    /// Open markets exclude combinations (`mve_filter`): there are many times more of them, and they are not binary
    /// contracts on one event.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn quotes(&self, filter: &MarketFilter) -> Result<Vec<MarketRow>, ReadError> {
        let all = ApiRequest::get("/markets").with("limit", "1000");
        let open = all.clone().with("status", "open").with("mve_filter", "exclude");
        match filter {
            MarketFilter::Open(series) if series.is_empty() => self.list::<WireMarket>(&open).await,
            MarketFilter::Open(series) => {
                let mut rows = Vec::new();
                for ticker in series {
                    rows.extend(self.list::<WireMarket>(&open.clone().with("series_ticker", ticker)).await?);
                }
                Ok(rows)
            }
            MarketFilter::Tickers(tickers) => {
                let mut rows = Vec::new();
                for some in tickers.chunks(TICKERS_AT_ONCE) {
                    rows.extend(self.list::<WireMarket>(&all.clone().with("tickers", some.join(","))).await?);
                }
                Ok(rows)
            }
        }
    }

    /// Returns the events with open markets of these series; of all series if the list is empty.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn events(&self, series: &[String]) -> Result<Vec<EventDescription>, ReadError> {
        let all = ApiRequest::get("/events").with("limit", "200").with("status", "open");
        if series.is_empty() {
            return self.list::<WireEvent>(&all).await;
        }
        let mut rows = Vec::new();
        for ticker in series {
            rows.extend(self.list::<WireEvent>(&all.clone().with("series_ticker", ticker)).await?);
        }
        Ok(rows)
    }

    /// Returns these series; all series if the list is empty.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn series(&self, tickers: &[String]) -> Result<Vec<SeriesDescription>, ReadError> {
        #[derive(Deserialize)]
        struct OneSeries {
            series: WireSeries,
        }
        if tickers.is_empty() {
            return self.list::<WireSeries>(&ApiRequest::get("/series")).await;
        }
        let mut rows = Vec::new();
        for ticker in tickers {
            let one: OneSeries = self.read(&named("/series", ticker)?).await?;
            rows.push(one.series.into());
        }
        Ok(rows)
    }

    /// Returns the account's money.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn balance(&self) -> Result<AccountBalance, ReadError> {
        self.read::<WireBalance>(&ApiRequest::get("/portfolio/balance")).await.map(AccountBalance::from)
    }

    /// Returns all working orders.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn open_orders(&self) -> Result<AccountRows<VenueOrder>, ReadError> {
        let request = ApiRequest::get("/portfolio/orders").with("limit", "1000").with("status", "resting");
        self.account_list::<WireOrder>(&request).await
    }

    /// Returns all orders placed since `since`, in any status.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn orders_since(&self, since: Timestamp) -> Result<AccountRows<VenueOrder>, ReadError> {
        self.account_list::<WireOrder>(&self.since("/portfolio/orders", since)).await
    }

    /// Returns the order with the venue's id; `None` if the venue knows none.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn order(&self, id: &str) -> Result<Option<VenueOrder>, ReadError> {
        #[derive(Deserialize)]
        struct OneOrder {
            order: WireOrder,
        }
        let request = named("/portfolio/orders", id)?;
        match self.read::<OneOrder>(&request).await {
            Ok(one) if one.order.order_id == id => Ok(Some(one.order.into())),
            Ok(one) => Err(ReadError::Malformed(MalformedResponse {
                reason: "it is another order".to_owned(),
                origin: request.origin(),
                excerpt: printable(&one.order.order_id),
            })),
            Err(ReadError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns all fills since `since`, each once.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn fills_since(&self, since: Timestamp) -> Result<AccountRows<VenueFill>, ReadError> {
        self.account_list::<WireFill>(&self.since("/portfolio/fills", since)).await
    }

    /// Returns all positions, including those that are flat again.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn positions(&self) -> Result<AccountRows<VenuePosition>, ReadError> {
        self.account_list::<WirePosition>(&ApiRequest::get("/portfolio/positions").with("limit", "1000")).await
    }

    /// Returns the payouts of markets since `since`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn settlements_since(&self, since: Timestamp) -> Result<AccountRows<VenueSettlement>, ReadError> {
        self.account_list::<WireSettlement>(&self.since("/portfolio/settlements", since)).await
    }

    /// Returns the venue's time. Asks until it is known to a second and a half, a few times at most; a refusal for a
    /// wrong clock (401) carries the time as well. [`VenueTime::agreement`] says whether that is precise enough.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn venue_time(&self) -> Result<VenueTime, ReadError> {
        let request = ApiRequest::get("/exchange/status");
        for _ in 0..SAMPLES {
            match self.read::<WireStatus>(&request).await {
                Ok(_) | Err(ReadError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
            if self.skew().is_some_and(|time| time.uncertainty() <= PRECISE) {
                break;
            }
        }
        let (reason, origin) = ("it has no date".to_owned(), request.origin());
        self.skew().ok_or(ReadError::Malformed(MalformedResponse { reason, origin, excerpt: String::new() }))
    }

    /// Returns the request for a list from `since` on. The venue takes whole seconds: rounded down, because a row too
    /// many does no harm and one too few does.
    fn since(&self, path: &str, since: Timestamp) -> ApiRequest {
        let seconds = (since - self.clock().ahead()).0.div_euclid(1_000_000_000).max(0);
        ApiRequest::get(path).with("limit", "1000").with("min_ts", seconds.to_string())
    }
}

/// Returns the request for one object by its name.
fn named(path: &str, name: &str) -> Result<ApiRequest, ReadError> {
    let malformed = |reason| MalformedResponse {
        reason: format!("{reason}; nothing was sent"),
        origin: format!("GET {path}"),
        excerpt: String::new(),
    };
    let name = segment(name).map_err(malformed)?;
    Ok(ApiRequest::get(format!("{path}/{name}")))
}
