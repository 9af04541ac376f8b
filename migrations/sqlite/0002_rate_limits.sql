CREATE TABLE rate_limits (
    id TEXT NOT NULL PRIMARY KEY,
    whole_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rate_limits_by_end ON rate_limits (whole_at);
