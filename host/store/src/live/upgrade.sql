-- Brings the rows of a live account from version 2 to version 3. Tables, indexes and triggers that are new come from the
-- schema, right after this.

ALTER TABLE run ADD COLUMN data_digest TEXT NOT NULL DEFAULT '';
UPDATE run SET data_digest = (SELECT environment FROM account);

-- Orders that have ended are converted as well; the schema brings the trigger back.
DROP TRIGGER outbox_ended;

-- An order was `intended` until it was sent, each in a commit of its own. Now it is `sent` from the start, so one that
-- was left behind is looked up like any other, and found never to have been placed.
UPDATE outbox SET state = 'sent', sent = updated WHERE state = 'intended';
UPDATE outbox SET sent = updated WHERE sent IS NULL;

-- Units become finer: a quantity and an amount of money are each 10,000 times as many. Until then a fill cost its price
-- times its quantity.
UPDATE outbox SET
    qty = qty * 10000, filled = filled * 10000, body = json_set(body, '$.qty', json_extract(body, '$.qty') * 10000);
UPDATE executions SET body = json_set(
    body,
    '$.qty', json_extract(body, '$.qty') * 10000,
    '$.fee', json_extract(body, '$.fee') * 10000,
    '$.cost', json_extract(body, '$.price') * json_extract(body, '$.qty') * 10000
) WHERE order_id IS NOT NULL;
UPDATE positions SET qty = qty * 10000, cost = cost * 10000;

-- Polls of former hosts keep their rows: what is written is not written anew.
INSERT OR REPLACE INTO meta (key, value) SELECT 'polls_referred', coalesce(max(seq), 0) FROM events;
