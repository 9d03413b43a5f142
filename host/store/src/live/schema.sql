-- The tables that a live account has besides those of every journal. Times are nanoseconds since the epoch, UTC.

-- The owner of the store: one row, never changed.
CREATE TABLE IF NOT EXISTS account (
    version INTEGER NOT NULL,
    venue TEXT NOT NULL,
    environment TEXT NOT NULL,
    account TEXT NOT NULL,
    deployment TEXT NOT NULL
);

-- One row per start of the host, without an end if it was killed. `nonce` is part of the client order ids of the session.
CREATE TABLE IF NOT EXISTS sessions (
    number INTEGER PRIMARY KEY,
    started INTEGER NOT NULL,
    ended INTEGER,
    engine_version TEXT NOT NULL,
    config TEXT NOT NULL,
    strategies TEXT NOT NULL,
    key_id TEXT NOT NULL,
    nonce TEXT NOT NULL
);

-- The last strategy in each slot, which owns the slot's positions.
CREATE TABLE IF NOT EXISTS slots (
    slot INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL
);

-- A ticker keeps its number for ever.
CREATE UNIQUE INDEX IF NOT EXISTS markets_by_ticker ON markets (ticker);
-- Leads a start past the markets that are over.
CREATE INDEX IF NOT EXISTS markets_by_close ON markets (body ->> 'closes');

-- Every order, from before it leaves until it has ended. Quantities in 1/1,000,000 contract.
CREATE TABLE IF NOT EXISTS outbox (
    order_id INTEGER PRIMARY KEY,
    client_order_id TEXT NOT NULL UNIQUE,
    ticker TEXT NOT NULL,
    body TEXT NOT NULL,
    qty INTEGER NOT NULL CHECK (qty > 0),
    filled INTEGER NOT NULL DEFAULT 0 CHECK (filled >= 0),
    state TEXT NOT NULL CHECK (
        state IN ('sent', 'unknown', 'working', 'filled', 'cancelled', 'expired', 'rejected', 'not_placed')
    ),
    venue_order_id TEXT CHECK (venue_order_id IS NOT NULL OR state NOT IN ('working', 'filled', 'cancelled', 'expired')),
    sent INTEGER NOT NULL,
    unknown_since INTEGER,
    cancel_wanted INTEGER,
    cancel_sent INTEGER,
    ended INTEGER CHECK ((ended IS NULL) = (state IN ('sent', 'unknown', 'working'))),
    reason TEXT NOT NULL DEFAULT '',
    updated INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS outbox_by_venue_id ON outbox (venue_order_id) WHERE venue_order_id IS NOT NULL;
-- Holds open orders only, so that it does not grow with history.
CREATE INDEX IF NOT EXISTS outbox_open ON outbox (ended) WHERE ended IS NULL;
CREATE TRIGGER IF NOT EXISTS outbox_ended BEFORE UPDATE ON outbox WHEN old.ended IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an order that has ended does not change'); END;
CREATE TRIGGER IF NOT EXISTS outbox_kept BEFORE DELETE ON outbox
BEGIN SELECT RAISE(ABORT, 'orders are never removed'); END;

-- Every fill of the account that was seen, by the venue's id. A fill without an order was set aside, for a reason.
CREATE TABLE IF NOT EXISTS executions (
    venue_id TEXT PRIMARY KEY,
    order_id INTEGER,
    time INTEGER NOT NULL,
    reason TEXT,
    body TEXT NOT NULL
) WITHOUT ROWID;

-- Open positions. Quantities in 1/1,000,000 contract, cost in 1/10,000,000,000 dollar.
CREATE TABLE IF NOT EXISTS positions (
    slot INTEGER NOT NULL,
    ticker TEXT NOT NULL,
    qty INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY (slot, ticker)
) WITHOUT ROWID;

-- The latest states of the engine, each after event number `event_seq`. `version` is the format of the body.
CREATE TABLE IF NOT EXISTS snapshots (
    number INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    event_seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    body TEXT NOT NULL
);

-- The last state that the strategy in each slot saved: that after the poll with event number `event_seq`. `sha256` is its
-- component, `settings` what it was started with. `books`, for strategies that are told of their positions, are those
-- after event number `books_seq`. `payload` is in the strategy's own encoding.
CREATE TABLE IF NOT EXISTS strategy_states (
    slot INTEGER PRIMARY KEY,
    event_seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    settings TEXT NOT NULL,
    books_seq INTEGER NOT NULL,
    books TEXT,
    schema TEXT NOT NULL,
    version INTEGER NOT NULL,
    payload BLOB NOT NULL
);

-- Records of strategies that decide in the shadow of those in their slots: on pretend accounts, nothing of it was sent.
-- `event_seq` is the event that led to them, so that they stand beside the records of the strategy that trades.
CREATE TABLE IF NOT EXISTS shadow_records (
    number INTEGER PRIMARY KEY,
    event_seq INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    market INTEGER,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS shadow_records_by_slot ON shadow_records (slot, event_seq);

-- Small values that the live host keeps across restarts, as JSON.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Actions of the operator, and of the host on the operator's behalf.
CREATE TABLE IF NOT EXISTS operator_log (
    number INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    reason TEXT NOT NULL
);

-- The latest notices that no record stands for. `times` is the number of occurrences that one tells of.
CREATE TABLE IF NOT EXISTS notices (
    number INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    severity TEXT NOT NULL,
    code TEXT NOT NULL,
    times INTEGER NOT NULL,
    market TEXT,
    order_id INTEGER,
    text TEXT NOT NULL
);

-- The lines that strategies drew over prices in the last thirty days: the values by name of one slot, in dollars.
CREATE TABLE IF NOT EXISTS chart_lines (
    market INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    time INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (market, slot, time)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chart_lines_by_time ON chart_lines (time);

-- The latest comparisons with the venue's account.
CREATE TABLE IF NOT EXISTS reconciliations (
    number INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    clean INTEGER NOT NULL,
    detail TEXT NOT NULL
);

-- The comparisons that are not among the latest any more, as sums of each day since the epoch.
CREATE TABLE IF NOT EXISTS reconciliation_days (
    day INTEGER PRIMARY KEY,
    comparisons INTEGER NOT NULL,
    clean INTEGER NOT NULL,
    differing INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
);
