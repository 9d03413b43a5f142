-- Brings the tables of a live account from version 2 to version 3.

CREATE TABLE equity (
    start INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    lowest INTEGER NOT NULL,
    highest INTEGER NOT NULL
);

CREATE TABLE reconciliation_days (
    day INTEGER PRIMARY KEY,
    comparisons INTEGER NOT NULL,
    clean INTEGER NOT NULL,
    differing INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
);

ALTER TABLE run ADD COLUMN data_digest TEXT NOT NULL DEFAULT '';
UPDATE run SET data_digest = (SELECT environment FROM account);

CREATE TABLE copy_mark (
    mark BLOB NOT NULL
);
INSERT INTO copy_mark (mark) VALUES (x'');

-- An order was `intended` until it was sent, each in a commit of its own. Now it is `sent` from the start, so one that
-- was left behind is looked up like any other, and found never to have been placed.
UPDATE outbox SET state = 'sent', sent = updated WHERE state = 'intended';
DROP TRIGGER outbox_ended;
UPDATE outbox SET sent = updated WHERE sent IS NULL;

-- Units become finer: a quantity and an amount of money are each 10,000 times as many. Events and records stay as they
-- are, and readers convert those up to the last of them. Until then a fill cost its price times its quantity.
CREATE TABLE former_units (
    events_to INTEGER NOT NULL,
    records_to INTEGER NOT NULL
);
INSERT INTO former_units (events_to, records_to)
SELECT (SELECT coalesce(max(seq), 0) FROM events), (SELECT coalesce(max(seq), 0) FROM records);
UPDATE outbox SET
    qty = qty * 10000, filled = filled * 10000, body = json_set(body, '$.qty', json_extract(body, '$.qty') * 10000);
UPDATE executions SET body = json_set(
    body,
    '$.qty', json_extract(body, '$.qty') * 10000,
    '$.fee', json_extract(body, '$.fee') * 10000,
    '$.cost', json_extract(body, '$.price') * json_extract(body, '$.qty') * 10000
) WHERE order_id IS NOT NULL;
UPDATE positions SET qty = qty * 10000, cost = cost * 10000;

CREATE TRIGGER outbox_ended BEFORE UPDATE ON outbox WHEN old.ended IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an order that has ended does not change'); END;

-- Polls of former hosts keep their rows: what is written is not written anew.
INSERT OR REPLACE INTO meta (key, value) SELECT 'polls_referred', coalesce(max(seq), 0) FROM events;

-- Leads a start past the markets that are over.
CREATE INDEX markets_by_close ON markets (body ->> 'closes');
