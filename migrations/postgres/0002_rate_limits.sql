CREATE TABLE rate_limits (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    whole_at BIGINT NOT NULL
);
CREATE INDEX rate_limits_by_end ON rate_limits (whole_at);
