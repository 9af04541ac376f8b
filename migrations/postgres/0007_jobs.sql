CREATE TABLE jobs (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next_run_at BIGINT NOT NULL,
    leased_by TEXT COLLATE "C" NOT NULL,
    leased_until BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    last_run_at BIGINT
);
