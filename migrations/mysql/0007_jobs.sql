CREATE TABLE jobs (
    name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    next_run_at BIGINT NOT NULL,
    leased_by VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    leased_until BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    last_run_at BIGINT
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
