CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_folded TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    week_start TEXT NOT NULL,
    date_order TEXT NOT NULL,
    clock TEXT NOT NULL,
    quick_add_style TEXT NOT NULL,
    theme TEXT NOT NULL,
    density TEXT NOT NULL,
    suggestions TEXT NOT NULL,
    language TEXT NOT NULL,
    view_settings TEXT,
    password_hash TEXT NOT NULL,
    disabled BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    refresh_generation BIGINT NOT NULL,
    refresh_hash TEXT COLLATE "C" NOT NULL,
    refresh_key TEXT COLLATE "C" NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    UNIQUE (user_id, name)
);

CREATE TABLE security_events (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX security_events_by_user ON security_events (user_id, id);
CREATE INDEX security_events_by_creation ON security_events (created_at);

CREATE TABLE projects (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL,
    colour TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C",
    position TEXT COLLATE "C",
    favourite BIGINT NOT NULL,
    view TEXT COLLATE "C" NOT NULL,
    group_by TEXT COLLATE "C" NOT NULL,
    sort_by TEXT COLLATE "C" NOT NULL,
    archived_at BIGINT,
    deleted_at BIGINT,
    open_tasks BIGINT NOT NULL,
    total_tasks BIGINT NOT NULL,
    version BIGINT NOT NULL,
    change_id TEXT COLLATE "C",
    item_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX projects_by_owner ON projects (owner_id);
CREATE INDEX projects_by_parent ON projects (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX projects_by_deletion ON projects (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE project_members (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    role TEXT COLLATE "C" NOT NULL,
    hidden BIGINT NOT NULL,
    PRIMARY KEY (user_id, project_id)
);
CREATE INDEX project_members_by_project ON project_members (project_id);

CREATE TABLE sections (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    position TEXT COLLATE "C",
    archived_at BIGINT,
    change_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE labels (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    colour TEXT COLLATE "C" NOT NULL,
    position TEXT COLLATE "C",
    favourite BIGINT NOT NULL,
    change_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE filters (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    expression TEXT COLLATE "C" NOT NULL,
    colour TEXT COLLATE "C" NOT NULL,
    position TEXT COLLATE "C",
    favourite BIGINT NOT NULL,
    change_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE tasks (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    section_id TEXT COLLATE "C",
    parent_id TEXT COLLATE "C",
    position TEXT COLLATE "C",
    title TEXT COLLATE "C" NOT NULL,
    title_folded TEXT COLLATE "C",
    description TEXT NOT NULL,
    priority BIGINT NOT NULL,
    labels TEXT COLLATE "C",
    due TEXT COLLATE "C",
    due_zone TEXT COLLATE "C",
    due_at BIGINT,
    recurrence TEXT,
    reminders TEXT,
    deadline TEXT COLLATE "C",
    start_date TEXT COLLATE "C",
    duration_minutes BIGINT,
    completed_at BIGINT,
    created_by TEXT COLLATE "C",
    change_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX tasks_open ON tasks (project_id, id, position) WHERE completed_at IS NULL;
CREATE INDEX tasks_moved ON tasks (project_id, position, id)
    WHERE completed_at IS NULL AND position IS NOT NULL;
CREATE INDEX tasks_due ON tasks (project_id, due, id) INCLUDE (due_at, priority)
    WHERE completed_at IS NULL AND due IS NOT NULL;
CREATE INDEX tasks_deadline ON tasks (project_id, deadline, id) INCLUDE (due, priority)
    WHERE completed_at IS NULL AND deadline IS NOT NULL;
CREATE INDEX tasks_priority ON tasks (project_id, priority, id)
    WHERE completed_at IS NULL AND priority < 4;
CREATE INDEX tasks_title ON tasks (project_id, RTRIM(SUBSTR(COALESCE(title_folded, LOWER(title)), 1, 100)), id)
    WHERE completed_at IS NULL;
CREATE INDEX tasks_done_title
    ON tasks (project_id, RTRIM(SUBSTR(COALESCE(title_folded, LOWER(title)), 1, 100)), id)
    WHERE completed_at IS NOT NULL;
CREATE INDEX tasks_done_moved ON tasks (project_id, position, id)
    WHERE completed_at IS NOT NULL AND position IS NOT NULL;
CREATE INDEX tasks_done_due ON tasks (project_id, due, id)
    WHERE completed_at IS NOT NULL AND due IS NOT NULL;
CREATE INDEX tasks_done_deadline ON tasks (project_id, deadline, id)
    WHERE completed_at IS NOT NULL AND deadline IS NOT NULL;
CREATE INDEX tasks_done_priority ON tasks (project_id, priority, id)
    WHERE completed_at IS NOT NULL AND priority < 4;
CREATE INDEX tasks_completed ON tasks (project_id, completed_at, id) WHERE completed_at IS NOT NULL;
CREATE INDEX tasks_by_section ON tasks (section_id, completed_at, id) WHERE section_id IS NOT NULL;
CREATE INDEX tasks_by_parent ON tasks (parent_id, completed_at, id) WHERE parent_id IS NOT NULL;
CREATE INDEX tasks_done_by_section ON tasks (section_id, id)
    WHERE completed_at IS NOT NULL AND section_id IS NOT NULL;
CREATE INDEX tasks_done_by_parent ON tasks (parent_id, id)
    WHERE completed_at IS NOT NULL AND parent_id IS NOT NULL;
CREATE INDEX tasks_open_by_version ON tasks (project_id, version, id) WHERE completed_at IS NULL;
CREATE INDEX tasks_done_by_version ON tasks (project_id, version, id) WHERE completed_at IS NOT NULL;

CREATE TABLE task_labels (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    label TEXT COLLATE "C" NOT NULL,
    completed BIGINT NOT NULL,
    task_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (project_id, label, completed, task_id)
);
CREATE INDEX task_labels_open ON task_labels (project_id, label) WHERE completed = 0;

CREATE TABLE task_days (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    day_key TEXT COLLATE "C" NOT NULL,
    task_id TEXT COLLATE "C" NOT NULL,
    due_zone TEXT COLLATE "C" NOT NULL,
    start_date TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (project_id, day_key, task_id, due_zone, start_date)
);
CREATE INDEX task_days_zoned ON task_days (project_id, day_key, task_id, due_zone, start_date)
    WHERE due_zone <> '';

CREATE TABLE tombstones (
    project_id TEXT COLLATE "C" NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT COLLATE "C" NOT NULL,
    noun TEXT COLLATE "C" NOT NULL,
    root_id TEXT COLLATE "C",
    title TEXT COLLATE "C" NOT NULL,
    item TEXT,
    change_id TEXT COLLATE "C" NOT NULL,
    deleted_by TEXT COLLATE "C" NOT NULL,
    deleted_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX tombstones_by_version ON tombstones (project_id, version, id);
CREATE INDEX tombstones_by_root ON tombstones (root_id, id) WHERE root_id IS NOT NULL;
CREATE INDEX tombstones_in_trash ON tombstones (project_id, deleted_at, id) WHERE root_id = id;
CREATE INDEX tombstones_by_deletion ON tombstones (deleted_at);

CREATE TABLE changes (
    id TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    project_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    command TEXT COLLATE "C" NOT NULL,
    noun TEXT COLLATE "C" NOT NULL,
    item_id TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    previous_id TEXT COLLATE "C",
    undone_id TEXT COLLATE "C",
    old_values TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id, position)
);


CREATE TABLE notices (
    id BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE erased_projects (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    swept_to TEXT COLLATE "C" NOT NULL
);

CREATE TABLE idempotency_keys (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, idempotency_key)
);
CREATE INDEX idempotency_keys_by_creation ON idempotency_keys (created_at);

CREATE TABLE rate_limits (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    whole_at BIGINT NOT NULL
);
CREATE INDEX rate_limits_by_end ON rate_limits (whole_at);

CREATE TABLE jobs (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next_run_at BIGINT NOT NULL,
    leased_by TEXT COLLATE "C" NOT NULL,
    leased_until BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    last_run_at BIGINT
);
