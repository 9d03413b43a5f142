-- Times are nanoseconds since the epoch, UTC. In `body`, prices count 1/10,000 dollar, money 1/10,000,000,000 dollar and
-- contracts 1/1,000,000. The views (views.sql) show times as ISO 8601, and prices, money and contracts as decimals.

CREATE TABLE IF NOT EXISTS run (
    mode TEXT NOT NULL,
    engine_version TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    seed TEXT NOT NULL,
    data TEXT NOT NULL,
    data_digest TEXT NOT NULL,
    config TEXT NOT NULL,
    summary TEXT
);

CREATE TABLE IF NOT EXISTS strategies (
    slot INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    parameters TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS markets (
    id INTEGER PRIMARY KEY,
    ticker TEXT NOT NULL,
    event TEXT NOT NULL,
    series TEXT NOT NULL,
    category TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    slot INTEGER,
    market INTEGER,
    order_id INTEGER,
    body TEXT NOT NULL
);

-- The events that the engine saw. Quote rows are binary, all other bodies JSON; the kind `recorded_poll` is a poll whose
-- rows are in the recording beside the journal, and `tape` a number of rows of a back test's tape. The records of an event are those after
-- the previous event's, up to `record_to`; `cancels` is a list of order numbers.
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    time INTEGER,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    record_to INTEGER NOT NULL,
    cancels TEXT
);

-- Equity per five minutes, from `start` on: cash plus positions at their marks, after each step.
CREATE TABLE IF NOT EXISTS equity (
    start INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    lowest INTEGER NOT NULL,
    highest INTEGER NOT NULL
);

-- One row, which each transaction writes: it tells a copy without its write-ahead log from a whole journal.
CREATE TABLE IF NOT EXISTS copy_mark (
    mark BLOB NOT NULL
);
INSERT INTO copy_mark (mark) VALUES (x'');

-- Copies of the strategies that traded.
CREATE TABLE IF NOT EXISTS components (
    sha256 TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
);

-- The last event and the last record that a host of version 2 wrote, in whose units (money in 1/1,000,000 dollar, contracts
-- in 1/100) they stay; zeros in a journal that began later.
CREATE TABLE IF NOT EXISTS former_units (
    events_to INTEGER NOT NULL,
    records_to INTEGER NOT NULL
);
INSERT INTO former_units VALUES (0, 0);
