-- The books of a pretend account, as its venue keeps them. Times are nanoseconds since the epoch, UTC; quantities in
-- 1/1,000,000 contract, money in 1/10,000,000,000 dollar.

-- One row. `cash` is in the host's terms: what a short sale brought in is in it. `last` is the time of the last change,
-- `terms` how orders are filled, as JSON.
CREATE TABLE IF NOT EXISTS account (
    version INTEGER NOT NULL,
    venue TEXT NOT NULL,
    environment TEXT NOT NULL,
    account TEXT NOT NULL,
    terms TEXT NOT NULL,
    deposited INTEGER NOT NULL,
    cash INTEGER NOT NULL,
    last INTEGER NOT NULL
);

-- Every order that was accepted; `body` is as it was accepted.
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY,
    client_order_id TEXT NOT NULL UNIQUE,
    ticker TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL,
    qty INTEGER NOT NULL CHECK (qty > 0),
    filled INTEGER NOT NULL DEFAULT 0 CHECK (filled BETWEEN 0 AND qty),
    state TEXT NOT NULL CHECK (state IN ('working', 'filled', 'cancelled', 'expired')),
    ended INTEGER CHECK ((ended IS NULL) = (state = 'working')),
    reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS orders_by_time ON orders (created);
-- Holds working orders only, so that it does not grow with history.
CREATE INDEX IF NOT EXISTS orders_working ON orders (number) WHERE ended IS NULL;

CREATE TABLE IF NOT EXISTS fills (
    number INTEGER PRIMARY KEY,
    order_number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS fills_by_time ON fills (time);

-- Open positions: positive is YES. `cost` is what they cost, fees excluded; negative: what they brought in.
CREATE TABLE IF NOT EXISTS positions (
    ticker TEXT PRIMARY KEY,
    qty INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    fees INTEGER NOT NULL
) WITHOUT ROWID;

-- What markets have paid, and into how many contracts.
CREATE TABLE IF NOT EXISTS payouts (
    number INTEGER PRIMARY KEY,
    ticker TEXT NOT NULL,
    time INTEGER NOT NULL,
    qty INTEGER NOT NULL,
    payout INTEGER NOT NULL
);

-- What the fill model was shown of each market since something in it mattered: shown again, it comes to the same state.
CREATE TABLE IF NOT EXISTS inputs (
    number INTEGER PRIMARY KEY,
    ticker TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS inputs_by_ticker ON inputs (ticker);
