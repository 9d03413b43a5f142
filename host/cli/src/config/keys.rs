//! Every key of the configuration with its unit, bound and meaning. This is the only description of the keys: error
//! messages, `host config init` and `host config show` all read it. A test compares it with the defaults.

use host_core::Span;
use toml::Value;

#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `section.key`.
    pub name: &'static str,
    /// The unit or form of the value, printed in parentheses.
    pub unit: &'static str,
    /// The bound of the value, beyond its type.
    pub bound: Bound,
    /// One sentence for `host config init`.
    pub doc: &'static str,
}

impl Key {
    /// Returns the part before the dot.
    pub fn section(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(section, _)| section)
    }

    /// Returns the part after the dot.
    pub fn leaf(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, leaf)| leaf)
    }
}

/// The bound of a number. Infinity and NaN are always refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Any finite number, or a value that is no number.
    Any,
    NotNegative,
    Positive,
    /// 0 to 1, both included.
    Fraction,
    /// A price, a distance of prices or a spread: 0 to 1 dollar, both included.
    Price,
    /// A span of time, both ends included.
    Between(Span, Span),
}

impl Bound {
    /// Returns the reason why `value` is out of bounds, or `None` if it is within.
    pub fn broken_by(self, value: &Value) -> Option<String> {
        let number = magnitude(value)?;
        let fits = match self {
            _ if !number.is_finite() => return Some("must be a finite number".to_owned()),
            Bound::Any => true,
            Bound::NotNegative => number >= 0.0,
            Bound::Positive => number > 0.0,
            Bound::Fraction | Bound::Price => (0.0..=1.0).contains(&number),
            Bound::Between(least, most) => (least.as_seconds()..=most.as_seconds()).contains(&number),
        };
        let reason = || match self {
            Bound::Any => "must be a number".to_owned(),
            Bound::NotNegative => "must not be negative".to_owned(),
            Bound::Positive => "must be more than zero".to_owned(),
            Bound::Fraction => format!("must lie between 0 and 1{}", in_hundredths(number)),
            Bound::Price => format!("must lie between 0 and 1, as prices do{}", in_hundredths(number)),
            Bound::Between(least, most) => format!("must lie between {least} and {most}"),
        };
        (!fits).then(reason)
    }
}

/// Returns the question whether `number`, which is beyond 1, was meant in cents or in percent.
fn in_hundredths(number: f64) -> String {
    let meant = number / 100.0;
    match (0.0..=1.0).contains(&meant) {
        true if (meant * 100.0).fract() == 0.0 => format!(": did you mean {meant:.2}?"),
        true => format!(": did you mean {meant}?"),
        false => String::new(),
    }
}

/// Returns the number in `value`: the number itself, the seconds of a span, or a number in quotes.
fn magnitude(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::String(text) => {
            let span = text.parse::<Span>().ok().map(Span::as_seconds);
            span.or_else(|| text.parse().ok())
        }
        _ => None,
    }
}

const fn key(name: &'static str, unit: &'static str, bound: Bound, doc: &'static str) -> Key {
    Key { name, unit, bound, doc }
}

/// The section of the strategies' own parameters, one table each: `[strategy.NAME]`.
pub const STRATEGY: &str = "strategy";

/// The sections in display order, each with its description.
pub const SECTIONS: &[(&str, &str)] = &[
    ("capital", "The capital at work."),
    ("risk", "Limits that no order may exceed. Amounts and sizes are those at full capital; the stage scales them."),
    ("execution", "How signals become orders."),
    ("exchange", "The embedded exchange of `host run` and `host backtest`."),
    ("sandbox", "Limits on a strategy's use of the machine."),
    ("trust", "Components that may run. `host trust` edits the list of keys."),
    ("feed", "Market data."),
    ("venue", "The venue of `host run --live`: Kalshi. The private key belongs in a file of its own, never in here."),
    ("live", "Live trading."),
    ("gonogo", "Thresholds of `host gonogo`, which is asked before an account trades real money."),
    ("alerts", "Who is told of a live host, and how. Passwords belong in files of their own, like the key."),
    ("journal", "Journals of live accounts."),
    ("logs", "Log files of live accounts; `host logs` reads them."),
    ("runs", "What back tests and paper trading leave."),
    ("dashboard", "The dashboard of a live account, for a phone."),
];

use Bound::{Any, Between, Fraction, NotNegative, Positive, Price};

const YEAR: Span = Span::days(366);
const CENTURY: Span = Span::days(36_525);

const FRACTION: &str = "a fraction, 0 to 1";
const SPAN: &str = "a time span such as 10m";
const PRICING: &str = "`behind N`, `join`, `inside N` or `cross`, N in ticks";
const ADDRESS: &str = "an address; without TLS only on this machine";
const REQUIREMENT: &str = "`tell` or `require`";
const MIN_SEVERITY: &str = "`warning` or `critical`";
const UNKNOWN: &str = "`refuse` or `allow`";

/// All keys in display order. Bounds of `risk` are not repeated here: the risk manager checks its own limits.
#[rustfmt::skip] // A table: rustfmt would give each argument a line.
pub const KEYS: &[Key] = &[
    key("capital.target", "dollars", Positive, "Capital of all strategies together, at full stage."),
    key("capital.stage", "0.25, 0.5 or 1.0", Any,
        "Fraction of the target at work; the limits of positions, exposures and losses scale with it. The most that \
         `host stage` may choose for a live account."),
    key("capital.stage_days", "a whole number", Any,
        "UTC days of which at least half must be traded at a stage before `host stage up`."),
    key("capital.stage_profit", "dollars", Any, "Least profit at the stage before `host stage up`."),
    key("capital.stage_fall", "a fraction", Fraction,
        "Deepest fall of equity at the stage before `host stage up`, as a part of the equity at its start."),

    key("risk.allowed_markets", "tickers, prefixes such as \"KXHIGHNY*\", or \"*\"", Any,
        "Markets that may be traded."),
    key("risk.exclusive_events", "events, or prefixes", Any,
        "Events of which at most one market can resolve YES; their exposure is the worst outcome's, not the sum."),
    key("risk.max_position_size", "contracts", Any, "Largest position and working orders on one side of one market."),
    key("risk.max_position_value", "dollars", Any, "Largest worst-case loss of one market's position and orders."),
    key("risk.max_order_size", "contracts", Any, "Largest entry order, at every stage."),
    key("risk.max_order_value", "dollars", Any, "Largest worst-case loss of one entry order, at every stage."),
    key("risk.max_daily_loss", "dollars", Any,
        "Loss of a UTC day, realised and unrealised, at which entries stop until the next day."),
    key("risk.max_drawdown", "dollars", Any,
        "Fall from the highest equity at which entries stop until the operator resumes."),
    key("risk.max_consecutive_losses", "trades", Any,
        "Losing trades in a row at which entries stop until the operator resumes."),
    key("risk.max_portfolio_exposure", "dollars", Any, "Largest worst-case loss of all positions and entry orders."),
    key("risk.max_category_exposure", "dollars", Any, "The same for the markets of one category."),
    key("risk.max_event_exposure", "dollars", Any, "The same for the markets of one event."),
    key("risk.max_open_positions", "positions", Any,
        "Largest number of open positions of all strategies; a working entry order counts as one."),
    key("risk.max_price_deviation", "dollars, 0 to 1", Price,
        "Largest distance of an order's price from the mid price."),
    key("risk.max_volume_fraction", FRACTION, Fraction,
        "Largest entry order, as a fraction of the contracts traded in the last 24 hours."),
    key("risk.volume_unknown", UNKNOWN, Any, "Treatment of entries in markets whose volume is unknown."),
    key("risk.min_spread", "dollars, 0 to 1", Price, "Smallest spread for entries."),
    key("risk.max_spread", "dollars, 0 to 1", Price, "Largest spread for entries."),
    key("risk.max_quote_age_seconds", "seconds", Any, "Largest age of the latest quote."),
    key("risk.max_price_jump", "dollars, 0 to 1", Price,
        "Largest move of the mid price between two quotes; a larger one blocks the market."),
    key("risk.clean_quotes", "quotes", Any, "Clean quotes in a row that unblock a market."),
    key("risk.min_time_to_close_seconds", "seconds", Any, "Time before a market's close at which entries stop."),
    key("risk.close_unknown", UNKNOWN, Any, "Treatment of entries in markets whose close is unknown."),
    key("risk.size_taper", "true or false", Any,
        "Shrink entries from full size to nothing as the usage of any limit rises from 70 % to 100 %."),
    key("risk.max_messages_per_minute", "messages", Any, "Largest number of orders and cancels in 60 seconds."),
    key("risk.cancel_share", FRACTION, Fraction, "Fraction of these messages reserved for cancels."),
    key("risk.duplicate_window_seconds", "seconds", Any, "Time within which the same entry again is a duplicate."),
    key("risk.max_repeated_executions", "repetitions", Any,
        "Largest number of repeated executions (order, fill, order again) of one strategy in one UTC day; beyond it, \
         the strategy's entries stop."),
    key("risk.max_error_rate", FRACTION, Fraction,
        "Fraction of recent orders rejected by the venue at which entries stop."),
    key("risk.error_window", "orders, 1 to 64", Any, "Number of recent orders over which that fraction is taken."),

    key("execution.entry_pricing", "`behind N`, `join`, `inside N` or `cross`, N in ticks, or `signal`", Any,
        "Limit price of an entry: relative to the best price of its own side, or that of the signal, else `join`."),
    key("execution.exit_pricing", PRICING, Any, "Limit price of an exit, before escalation."),
    key("execution.exit_escalates_after", "times", Any,
        "Number of times that an exit may expire, or work as long, before it crosses the spread; 0 = never."),
    key("execution.sizing", "`confidence`, or `fixed N`, N in contracts", Any,
        "Size of entries: confidence times the position limit at the stage, or N at every stage."),
    key("execution.entry_time_in_force", "`good_till` or `immediate`", Any,
        "Time for which an entry works: until order_expiry, or not at all beyond what fills at once."),
    key("execution.exit_time_in_force", "`good_till` or `immediate`", Any,
        "The same for exits; one that did not fill counts as expired, and is sent again at the next poll."),
    key("execution.order_expiry", SPAN, Between(Span::seconds(1), YEAR),
        "Time for which a `good_till` order works before it is cancelled."),
    key("execution.refused_entry_retry", SPAN, Between(Span::ZERO, YEAR),
        "Time after a refused entry before the same signal is checked again."),
    key("execution.quarantined_exits", "`hold`, `work` or `cross`", Any,
        "Exits of a slot whose strategy is quarantined: none leaves, those it wanted are worked, or all is closed."),

    key("exchange.fill_model", "`instant`, `touch`, `queue`, `probabilistic` or `coin`", Any,
        "When orders fill; unless it is set, `queue` wherever the trades of others are known."),
    key("exchange.queue_cancels", "`front`, `back`, `proportional`, or `power 1` to `power 8`", Any,
        "Queue: the part in which others cancel; ahead of the order first, behind it first, or by what stands there."),
    key("exchange.fill_probability", FRACTION, Fraction,
        "Probabilistic model: fraction of orders with a drawn place in the queue. Coin: fraction that fills at all."),
    key("exchange.slippage_mean", "dollars", Any,
        "Coin: mean of what is paid beyond the limit; negative where fills are better."),
    key("exchange.slippage_std", "dollars", NotNegative,
        "Coin: standard deviation of the fill price around that."),
    key("exchange.partial_probability", FRACTION, Fraction, "Coin: fraction of filled orders that fill only in part."),
    key("exchange.latency_mean_ms", "milliseconds", NotNegative,
        "Queue: mean time until an order, or a cancel, reaches the venue. Coin: mean time from order to fill."),
    key("exchange.seed", "a whole number", NotNegative, "Seed of all randomness: the same seed gives the same run."),
    key("exchange.overreaction", "times the weight of news, 0 to 2", Any,
        "Most by which the crowd of synthetic markets overreacts; the only edge there is, and 0 is a world without."),
    key("exchange.fees", "`none`, `kalshi` or `kalshi_with_maker_fees`", Any,
        "Fee schedule to charge; unless it is set, a back test charges that of the tape's venue."),
    key("exchange.fee_multiplier_percent", "percent", NotNegative, "The series' fee multiplier."),

    key("sandbox.component_bytes", "bytes", Positive, "Largest component file."),
    key("sandbox.code_bytes", "bytes", Positive, "Most code of a component, all modules together."),
    key("sandbox.functions", "functions", Positive, "Most functions of a component, all modules together."),
    key("sandbox.function_bytes", "bytes", Positive, "Most code of one function."),
    key("sandbox.locals_by_blocks", "locals times blocks", Positive,
        "Most locals times blocks of one function: the time to compile it grows with them."),
    key("sandbox.branch_targets", "targets", Positive, "Most targets of branch tables, all functions together."),
    key("sandbox.nesting", "components", Positive, "Deepest nesting of components."),
    key("sandbox.instances", "instances", Positive,
        "Most instances of modules and components; what is instantiated twice counts twice, with all that is in it."),
    key("sandbox.compile_seconds", "seconds", Positive, "Processor time to validate and compile a component."),
    key("sandbox.compile_bytes", "bytes", Positive, "Memory to validate and compile a component."),
    key("sandbox.signed_compile_seconds", "seconds", Positive,
        "The same time for a component that a trusted key has signed."),
    key("sandbox.signed_compile_bytes", "bytes", Positive,
        "The same memory for a component that a trusted key has signed."),
    key("sandbox.memory_bytes", "bytes", Positive, "Largest memory of a strategy."),
    key("sandbox.table_elements", "elements", Positive, "Largest number of function pointers, in all tables together."),
    key("sandbox.stack_bytes", "bytes", Positive, "Size of a strategy's call stack."),
    key("sandbox.fuel_start", "about one per instruction", Positive,
        "Fuel to start, and for each call other than on-batch."),
    key("sandbox.fuel_base", "about one per instruction", Positive,
        "Fuel for each on-batch call, whatever the batch's size."),
    key("sandbox.fuel_per_row", "about one per instruction", Positive, "Extra fuel for each row of a batch."),
    key("sandbox.answer_bytes_base", "bytes", Positive, "Most that one call may return, whatever the batch's size."),
    key("sandbox.answer_bytes_per_row", "bytes", Positive, "Extra bytes that it may return for each row of a batch."),
    key("sandbox.call_ms", "milliseconds", Positive, "Processor time of one call."),
    key("sandbox.log_bytes", "bytes", Positive, "Log text kept of one call; the rest is counted and dropped."),
    key("sandbox.log_lines", "lines", Positive, "Log lines kept for the report of a fault."),
    key("sandbox.fuel_per_minute", "about one per instruction", Positive,
        "Fuel for the on-batch calls of a minute of market time, together."),
    key("sandbox.answer_bytes_per_minute", "bytes", Positive, "Most that these calls may return."),
    key("sandbox.log_lines_per_minute", "lines", Positive,
        "Log lines of a minute of market time; the rest is counted and dropped."),
    key("sandbox.call_ms_per_minute", "milliseconds", Positive,
        "Live trading: wall-clock backstop for all calls of a minute together."),
    key("sandbox.max_warm_up", SPAN, Between(Span::ZERO, YEAR),
        "Longest history that a strategy may ask for before it trades; one that asks for more is refused."),

    key("trust.keys", "a list of tables: name, public_key, expires", Any,
        "Keys of minisign whose signatures of components count, until the day on which they expire begins (UTC)."),
    key("trust.paper", REQUIREMENT, Any,
        "Treatment on paper of a component that no trusted key has signed and no person has confirmed."),
    key("trust.live", REQUIREMENT, Any,
        "The same in live trading; a signature that is there and does not count is refused either way."),

    key("feed.poll", SPAN, Between(Span::seconds(1), Span::days(7)),
        "Time from one poll of the market data to the next."),

    key("venue.base_url", ADDRESS, Any, "Address of the venue's REST API; the default is production, with real money."),
    key("venue.websocket_url", ADDRESS, Any, "Address of its WebSocket; empty: derived from base_url."),
    key("venue.key_id", "text", Any, "The API key's id, as the venue shows it."),
    key("venue.key_file", "a path", Any,
        "File of the private key (PEM), readable by its owner only (chmod 600); relative to the folder of host.toml."),
    key("venue.websocket", "true or false", Any, "Listen to the WebSocket as well; polling goes on either way."),
    key("venue.series", "tickers of series", Any, "Series whose markets are polled; empty: all."),
    key("venue.request_timeout", SPAN, Between(Span::millis(100), Span::minutes(10)),
        "Time that one request may take."),
    key("venue.read_attempts", "times, 1 to 10", Any, "Attempts at a read before it fails; orders are sent once."),
    key("venue.clock", "`wall` or `stepped`", Any,
        "Clock to follow: the machine's, or that of an embedded exchange which is stepped."),

    key("live.account", "letters, digits, `-`, `_` and `.`", Any,
        "Your name for the account: confirmed at each live start, shown on every line."),
    key("live.folder", "a path", Any,
        "Folder of the live accounts, each in a folder of its own; relative to the folder of host.toml."),
    key("live.sync", SPAN, Between(Span::millis(100), Span::days(1)),
        "Time from one look at orders and fills to the next."),
    key("live.reconcile", SPAN, Between(Span::seconds(1), Span::days(1)),
        "Time from one comparison of the venue's books with the host's to the next."),
    key("live.max_unseen", SPAN, Between(Span::seconds(1), Span::days(1)),
        "Time for which a look at the account, or a comparison, may be overdue before entries stop."),
    key("live.snapshot", SPAN, Between(Span::seconds(1), Span::days(1)),
        "Longest time between two snapshots of the engine's state."),
    key("live.start_timeout", SPAN, Between(Span::seconds(1), Span::hours(1)),
        "Time that a start keeps trying while the venue does not answer."),
    key("live.cancel_timeout", SPAN, Between(Span::seconds(1), Span::hours(1)),
        "Time that a kill keeps cancelling until the venue lists no open order."),
    key("live.orders_at_stop", "`cancel` or `keep`", Any,
        "Working orders at a stop: cancelled, or kept until they expire and taken over by the next start."),

    key("gonogo.paper_days", "a whole number", Any, "UTC days of which at least half must have been traded on paper."),
    key("gonogo.paper_gaps", FRACTION, Fraction, "Most of the time on paper that may lack polls."),
    key("gonogo.paper_age", SPAN, Between(Span::hours(1), CENTURY),
        "Time since the end of paper after which it proves nothing any more."),
    key("gonogo.paper_profit", "dollars", Any, "Profit on paper that must be exceeded."),
    key("gonogo.unexplained", FRACTION, Fraction,
        "Most of the difference between paper and its back test that `host compare` may leave without explanation."),
    key("gonogo.markets", "a whole number", Any, "Markets in which paper must have closed trades."),
    key("gonogo.profit_factor", "a number", NotNegative,
        "Profit factor that the lower end of the 90 % interval of paper must exceed."),
    key("gonogo.kill_age", SPAN, Between(Span::hours(1), YEAR),
        "Age after which `host drill kill` proves nothing any more."),
    key("gonogo.drill_age", SPAN, Between(Span::hours(1), YEAR), "The same of the other drills."),
    key("gonogo.signature_age", SPAN, Between(Span::hours(1), YEAR), "The same of `host gonogo sign`."),
    key("gonogo.runbook", "a path", Any,
        "File of your own runbook, relative to the folder of host.toml; empty: the host's."),

    key("alerts.mail.server", "a name", Any, "Mail server (SMTP); empty: no mail."),
    key("alerts.mail.port", "a port", Any, "Its port; 0: 465 with `tls`, else 587."),
    key("alerts.mail.security", "`tls`, `starttls` or `none`", Any,
        "Encryption of the connection, never given up for a weaker one; with `none`, no password is sent."),
    key("alerts.mail.user", "text", Any, "User at the mail server; empty: none is named."),
    key("alerts.mail.password", "text", Any, "The user's password; better in a file or the environment."),
    key("alerts.mail.password_file", "a path", Any,
        "File whose first line is the password, readable by its owner only (chmod 600)."),
    key("alerts.mail.ca_file", "a path", Any, "Certificates (PEM) to trust beside those of the system."),
    key("alerts.mail.from", "an address", Any, "Sender of the mails."),
    key("alerts.mail.to", "a list of addresses", Any, "People who get them."),
    key("alerts.mail.min_severity", MIN_SEVERITY, Any, "Least severity of what is mailed."),
    key("alerts.webhook", "a list of tables: kind, url or url_file, token or token_file, chat, min_severity", Any,
        "Webhooks of kind `ntfy`, `slack`, `discord`, `telegram` (with the id of the chat) or `json`."),
    key("alerts.group", SPAN, Between(Span::ZERO, Span::days(1)),
        "Least time between two messages of warnings; what is critical never waits."),
    key("alerts.quiet", "hours such as 22:00-07:00", Any, "Hours in which warnings wait; empty: none."),
    key("alerts.summary", "a time such as 07:00", Any,
        "Time of the daily summary, which is also the sign of life; empty: none."),
    key("alerts.timezone", "a zone such as Europe/Berlin", Any, "Time zone of these times."),
    key("alerts.heartbeat_url", ADDRESS, Any,
        "Address that is called each minute while all is well, and with `/fail` appended while not; empty: none."),
    key("alerts.give_up", SPAN, Between(Span::minutes(1), Span::days(30)),
        "Time after which a message that cannot be delivered is given up."),
    key("alerts.timeout", SPAN, Between(Span::millis(100), Span::minutes(1)), "Time that one try may take."),
    key("alerts.runbook", "a path or an address", Any, "Page that says what to do; messages name a passage of it."),

    key("journal.keep", SPAN, Between(Span::hours(1), Span::days(36_500)),
        "Age at which a live journal's events and records move into the archive beside it, compressed."),

    key("logs.folder", "a path", Any,
        "Folder of the log files, each account's in a folder of its own; relative to the folder of host.toml; empty: \
         `logs` in the account's folder."),
    key("logs.keep", SPAN, Between(Span::days(1), Span::days(36_500)),
        "Age at which a day's log files are removed; they are compressed once the day (UTC) is over."),
    key("logs.level", "`debug`, `info`, `warning`, `error` or `alert`", Any,
        "Least level of the lines that are written; `debug` takes more from strategies."),
    key("logs.strategy_bytes", "bytes", Positive,
        "Most that one strategy may write in one UTC day; the rest is counted and dropped."),

    key("runs.folder", "a path", Any,
        "Folder of the runs, each in a folder of its own; relative to the folder of host.toml."),

    key("dashboard.enabled", "true or false", Any,
        "True if a live host serves its dashboard by itself; `host dashboard` serves it beside."),
    key("dashboard.listen", "address and port", Any,
        "Address of the dashboard; one that other machines reach needs TLS or a proxy that adds it."),
    key("dashboard.url", "an address", Any,
        "Address under which browsers reach it, such as `https://host.example`; empty: where it listens."),
    key("dashboard.certificate", "a path", Any, "PEM file of the certificate with its chain; empty: no TLS."),
    key("dashboard.certificate_key", "a path", Any, "PEM file of the certificate's private key."),
    key("dashboard.behind_proxy", "true or false", Any, "True if a proxy on the way adds TLS."),
];
