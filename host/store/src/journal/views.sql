-- The views of a journal, made anew when a store of a former version is upgraded.

DROP VIEW IF EXISTS in_units;
DROP VIEW IF EXISTS timeline;
DROP VIEW IF EXISTS signals;
DROP VIEW IF EXISTS refusals;
DROP VIEW IF EXISTS orders;
DROP VIEW IF EXISTS fills;
DROP VIEW IF EXISTS trades;
DROP VIEW IF EXISTS days;
DROP VIEW IF EXISTS faults;
DROP VIEW IF EXISTS equity_points;

-- The records, with what one contract and one dollar count in them.
CREATE VIEW in_units AS
SELECT seq, strftime('%Y-%m-%dT%H:%M:%fZ', time / 1e9, 'unixepoch') AS time, kind, slot, ticker, order_id, records.body AS body,
    iif(seq <= (SELECT max(records_to) FROM former_units), 100.0, 1e6) AS contract,
    iif(seq <= (SELECT max(records_to) FROM former_units), 1e6, 1e10) AS dollar
FROM records LEFT JOIN markets ON markets.id = records.market;

CREATE VIEW timeline AS SELECT seq, time, kind, slot, ticker, order_id, body FROM in_units;

CREATE VIEW signals AS
SELECT seq, time, slot, ticker, body ->> 'action' AS action, body ->> 'confidence' AS confidence, body -> 'metadata' AS metadata
FROM timeline WHERE kind = 'signal';

CREATE VIEW refusals AS
SELECT seq, time, slot, ticker, body ->> 'side' AS side, (body ->> 'qty') / contract AS qty, (body ->> 'price') / 1e4 AS price,
    body ->> '$.verdict.code' AS code, body ->> '$.verdict.value' AS value, body ->> '$.verdict.limit' AS "limit"
FROM in_units WHERE kind = 'refused';

CREATE VIEW orders AS
SELECT placed.seq, placed.time, placed.slot, placed.ticker, placed.order_id, placed.body ->> '$.order.side' AS side,
    (placed.body ->> '$.order.qty') / placed.contract AS qty, (placed.body ->> '$.order.price') / 1e4 AS price,
    placed.body ->> '$.order.intent' AS intent, coalesce(done.body ->> 'state', 'working') AS state,
    (done.body ->> 'filled') / done.contract AS filled, done.time AS done_time, done.body ->> 'reason' AS reason
FROM in_units AS placed LEFT JOIN in_units AS done ON done.order_id = placed.order_id AND done.kind = 'done'
WHERE placed.kind = 'placed';

CREATE VIEW fills AS
SELECT seq, time, slot, ticker, order_id, body ->> 'side' AS side, (body ->> '$.fill.qty') / contract AS qty,
    (body ->> '$.fill.price') / 1e4 AS price,
    coalesce(body ->> '$.fill.cost', (body ->> '$.fill.qty') * (body ->> '$.fill.price')) / dollar AS cost,
    (body ->> '$.fill.fee') / dollar AS fee, body ->> '$.fill.taker' AS taker,
    (body ->> 'arrival_mid_doubled') / 2e4 AS arrival_mid, (body ->> 'position') / contract AS position
FROM in_units WHERE kind = 'filled';

CREATE VIEW trades AS
SELECT seq, strftime('%Y-%m-%dT%H:%M:%fZ', (body ->> 'opened') / 1e9, 'unixepoch') AS opened, time AS closed, slot, ticker,
    body ->> 'side' AS side, (body ->> 'qty') / contract AS qty, (body ->> 'entry_price') / 1e4 AS entry_price,
    (body ->> 'exit_price') / 1e4 AS exit_price, (body ->> 'fees') / dollar AS fees, (body ->> 'net') / dollar AS net,
    body ->> 'settled' AS settled
FROM in_units WHERE kind = 'trade';

CREATE VIEW days AS
SELECT seq, strftime('%Y-%m-%d', (body ->> 'day') * 86400, 'unixepoch') AS day, (body ->> 'equity') / dollar AS equity,
    (body ->> 'realised') / dollar AS realised, (body ->> 'max_drawdown') / dollar AS max_drawdown
FROM in_units WHERE kind = 'day_close';

CREATE VIEW faults AS
SELECT seq, time, slot, body ->> '$.fault.kind' AS fault, body ->> '$.fault.message' AS message
FROM timeline WHERE kind = 'fault';

CREATE VIEW equity_points AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', start / 1e9, 'unixepoch') AS start, first / 1e10 AS first, last / 1e10 AS last,
    lowest / 1e10 AS lowest, highest / 1e10 AS highest
FROM equity;
