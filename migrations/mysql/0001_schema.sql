CREATE TABLE users (
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    email VARCHAR(254) NOT NULL,
    email_folded VARCHAR(768) NOT NULL UNIQUE,
    display_name VARCHAR(100) NOT NULL,
    time_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    week_start VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    date_order VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    clock VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    quick_add_style VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    theme VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    density VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    suggestions VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    language VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    view_settings TEXT,
    password_hash VARCHAR(255) NOT NULL,
    disabled BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE sessions (
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_agent VARCHAR(500) NOT NULL,
    address VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    refresh_generation BIGINT NOT NULL,
    refresh_hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    refresh_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name VARCHAR(100) NOT NULL,
    hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
    scopes VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    UNIQUE (user_id, name),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE security_events (
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    address VARCHAR(64) NOT NULL,
    user_agent VARCHAR(500) NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX security_events_by_user ON security_events (user_id, id);
CREATE INDEX security_events_by_creation ON security_events (created_at);

CREATE TABLE projects (
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    owner_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name VARCHAR(500) NOT NULL,
    description MEDIUMTEXT NOT NULL,
    colour VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    parent_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    position VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin,
    favourite BIGINT NOT NULL,
    view VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    group_by VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sort_by VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    archived_at BIGINT,
    deleted_at BIGINT,
    open_tasks BIGINT NOT NULL,
    total_tasks BIGINT NOT NULL,
    version BIGINT NOT NULL,
    change_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    item_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX projects_by_owner ON projects (owner_id);
CREATE INDEX projects_by_parent ON projects (parent_id);
CREATE INDEX projects_by_deletion ON projects (deleted_at);

CREATE TABLE project_members (
    user_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    project_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    role VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    hidden BIGINT NOT NULL,
    PRIMARY KEY (user_id, project_id),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX project_members_by_project ON project_members (project_id);

CREATE TABLE sections (
    project_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
    name VARCHAR(500) NOT NULL,
    position VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin,
    archived_at BIGINT,
    change_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE labels (
    project_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
    name VARCHAR(500) NOT NULL,
    name_folded VARCHAR(500) NOT NULL,
    colour VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    position VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin,
    favourite BIGINT NOT NULL,
    change_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE filters (
    project_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
    name VARCHAR(500) NOT NULL,
    expression VARCHAR(1000) NOT NULL,
    colour VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    position VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin,
    favourite BIGINT NOT NULL,
    change_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE tasks (
    project_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
    section_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    parent_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    position VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin,
    title VARCHAR(500) NOT NULL,
    title_folded TEXT,
    description MEDIUMTEXT NOT NULL,
    priority BIGINT NOT NULL,
    labels TEXT,
    due VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin,
    due_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    due_at BIGINT,
    recurrence TEXT,
    reminders TEXT,
    deadline VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    start_date VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    duration_minutes BIGINT,
    completed_at BIGINT,
    created_by VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    change_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    done BIGINT AS (completed_at IS NOT NULL) STORED,
    title_key VARCHAR(100) AS (RTRIM(SUBSTR(COALESCE(title_folded, LOWER(title)), 1, 100))) STORED,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX tasks_open ON tasks (project_id, completed_at, id);
CREATE INDEX tasks_moved ON tasks (project_id, done, position, id);
CREATE INDEX tasks_due ON tasks (project_id, done, due, id, due_at, priority);
CREATE INDEX tasks_deadline ON tasks (project_id, done, deadline, id, due, priority);
CREATE INDEX tasks_priority ON tasks (project_id, done, priority, id);
CREATE INDEX tasks_title ON tasks (project_id, done, title_key, id);
CREATE INDEX tasks_by_section ON tasks (section_id, done, id);
CREATE INDEX tasks_by_parent ON tasks (parent_id, done, id);
CREATE INDEX tasks_by_version ON tasks (project_id, done, version, id);

CREATE TABLE task_labels (
    project_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    label VARCHAR(255) NOT NULL,
    completed BIGINT NOT NULL,
    task_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (project_id, label, completed, task_id),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX task_labels_open ON task_labels (project_id, completed, label);

CREATE TABLE task_days (
    project_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    day_key VARCHAR(1017) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    task_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    due_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    start_date VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (project_id, day_key, task_id, due_zone, start_date),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE tombstones (
    project_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    noun VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    root_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    title VARCHAR(500) NOT NULL,
    item LONGTEXT,
    change_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    deleted_by VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    deleted_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX tombstones_by_version ON tombstones (project_id, version, id);
CREATE INDEX tombstones_by_root ON tombstones (root_id, id);
CREATE INDEX tombstones_in_trash ON tombstones (project_id, deleted_at, id, root_id);
CREATE INDEX tombstones_by_deletion ON tombstones (deleted_at);

CREATE TABLE changes (
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    position BIGINT NOT NULL,
    project_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    user_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    command VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    noun VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    item_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    action VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    previous_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    undone_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    old_values MEDIUMTEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id, position)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE notices (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    content MEDIUMTEXT NOT NULL,
    created_at BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE erased_projects (
    id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    swept_to VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE idempotency_keys (
    user_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    fingerprint VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    answer MEDIUMTEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, idempotency_key),
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX idempotency_keys_by_creation ON idempotency_keys (created_at);

CREATE TABLE rate_limits (
    id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    whole_at BIGINT NOT NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX rate_limits_by_end ON rate_limits (whole_at);

CREATE TABLE jobs (
    name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    next_run_at BIGINT NOT NULL,
    leased_by VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    leased_until BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    last_run_at BIGINT
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
