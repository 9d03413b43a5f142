-- Messages to people, one row for each channel. Times are nanoseconds since 1970, UTC.
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,
    queued INTEGER NOT NULL,
    message TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_try INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    ended INTEGER,
    error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS waiting ON messages (channel) WHERE state = 'waiting';

-- Notices that wait for others before they become a message.
CREATE TABLE IF NOT EXISTS notices (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    came INTEGER NOT NULL,
    notice TEXT NOT NULL
) STRICT;

-- When the last message of a kind was queued.
CREATE TABLE IF NOT EXISTS last_messages (
    kind TEXT PRIMARY KEY,
    queued INTEGER NOT NULL
) STRICT;
