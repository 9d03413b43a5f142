-- Times are nanoseconds since the epoch, UTC; views show them as ISO 8601, and money as decimals.

CREATE TABLE run (
    mode TEXT NOT NULL,
    engine_version TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    seed TEXT NOT NULL,
    data TEXT NOT NULL,
    config TEXT NOT NULL,
    summary TEXT
);

CREATE TABLE strategies (
    slot INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    parameters TEXT NOT NULL
);

CREATE TABLE markets (
    id INTEGER PRIMARY KEY,
    ticker TEXT NOT NULL,
    event TEXT NOT NULL,
    series TEXT NOT NULL,
    category TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    slot INTEGER,
    market INTEGER,
    order_id INTEGER,
    body TEXT NOT NULL
);

-- The events that the engine saw. Quote rows are binary, all other bodies JSON; the kind `recorded_poll` is a poll whose
-- rows are in the recording beside the journal. The records of an event are those after
-- the previous event's, up to `record_to`; `cancels` is a list of order numbers.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    time INTEGER,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    record_to INTEGER NOT NULL,
    cancels TEXT
);

-- One row, which each transaction writes: it tells a copy without its write-ahead log from a whole journal.
CREATE TABLE copy_mark (
    mark BLOB NOT NULL
);
INSERT INTO copy_mark (mark) VALUES (x'');

-- Copies of the strategies that traded.
CREATE TABLE components (
    sha256 TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
);

CREATE VIEW timeline AS
SELECT seq, strftime('%Y-%m-%dT%H:%M:%fZ', time / 1e9, 'unixepoch') AS time, kind, slot, ticker, order_id, records.body AS body
FROM records LEFT JOIN markets ON markets.id = records.market;

CREATE VIEW signals AS
SELECT seq, time, slot, ticker, body ->> 'action' AS action, body ->> 'confidence' AS confidence, body -> 'metadata' AS metadata
FROM timeline WHERE kind = 'signal';

CREATE VIEW refusals AS
SELECT seq, time, slot, ticker, body ->> 'side' AS side, (body ->> 'qty') / 100.0 AS qty, (body ->> 'price') / 1e4 AS price,
    body ->> '$.verdict.code' AS code, body ->> '$.verdict.value' AS value, body ->> '$.verdict.limit' AS "limit"
FROM timeline WHERE kind = 'refused';

CREATE VIEW orders AS
SELECT placed.seq, placed.time, placed.slot, placed.ticker, placed.order_id, placed.body ->> '$.order.side' AS side,
    (placed.body ->> '$.order.qty') / 100.0 AS qty, (placed.body ->> '$.order.price') / 1e4 AS price,
    placed.body ->> '$.order.intent' AS intent, coalesce(done.body ->> 'state', 'working') AS state,
    (done.body ->> 'filled') / 100.0 AS filled, done.time AS done_time, done.body ->> 'reason' AS reason
FROM timeline AS placed LEFT JOIN timeline AS done ON done.order_id = placed.order_id AND done.kind = 'done'
WHERE placed.kind = 'placed';

CREATE VIEW fills AS
SELECT seq, time, slot, ticker, order_id, body ->> 'side' AS side, (body ->> '$.fill.qty') / 100.0 AS qty,
    (body ->> '$.fill.price') / 1e4 AS price, (body ->> '$.fill.fee') / 1e6 AS fee, body ->> '$.fill.taker' AS taker,
    (body ->> 'arrival_mid_doubled') / 2e4 AS arrival_mid, (body ->> 'position') / 100.0 AS position
FROM timeline WHERE kind = 'filled';

CREATE VIEW trades AS
SELECT seq, strftime('%Y-%m-%dT%H:%M:%fZ', (body ->> 'opened') / 1e9, 'unixepoch') AS opened, time AS closed, slot, ticker,
    body ->> 'side' AS side, (body ->> 'qty') / 100.0 AS qty, (body ->> 'entry_price') / 1e4 AS entry_price,
    (body ->> 'exit_price') / 1e4 AS exit_price, (body ->> 'fees') / 1e6 AS fees, (body ->> 'net') / 1e6 AS net,
    body ->> 'settled' AS settled
FROM timeline WHERE kind = 'trade';

CREATE VIEW days AS
SELECT seq, strftime('%Y-%m-%d', (body ->> 'day') * 86400, 'unixepoch') AS day, (body ->> 'equity') / 1e6 AS equity,
    (body ->> 'realised') / 1e6 AS realised, (body ->> 'max_drawdown') / 1e6 AS max_drawdown
FROM timeline WHERE kind = 'day_close';

CREATE VIEW faults AS
SELECT seq, time, slot, body ->> '$.fault.kind' AS fault, body ->> '$.fault.message' AS message
FROM timeline WHERE kind = 'fault';
