CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
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
    disabled INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    refresh_generation INTEGER NOT NULL,
    refresh_hash TEXT NOT NULL,
    refresh_key TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    UNIQUE (user_id, name)
) STRICT;

CREATE TABLE security_events (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX security_events_by_user ON security_events (user_id, id);
CREATE INDEX security_events_by_creation ON security_events (created_at);

CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    colour TEXT NOT NULL,
    parent_id TEXT,
    position TEXT,
    favourite INTEGER NOT NULL,
    view TEXT NOT NULL,
    group_by TEXT NOT NULL,
    sort_by TEXT NOT NULL,
    archived_at INTEGER,
    deleted_at INTEGER,
    open_tasks INTEGER NOT NULL,
    total_tasks INTEGER NOT NULL,
    version INTEGER NOT NULL,
    change_id TEXT,
    item_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX projects_by_owner ON projects (owner_id);
CREATE INDEX projects_by_parent ON projects (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX projects_by_deletion ON projects (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE project_members (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    PRIMARY KEY (user_id, project_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_members_by_project ON project_members (project_id);

CREATE TABLE sections (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    position TEXT,
    archived_at INTEGER,
    change_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE labels (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    colour TEXT NOT NULL,
    position TEXT,
    favourite INTEGER NOT NULL,
    change_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE filters (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    expression TEXT NOT NULL,
    colour TEXT NOT NULL,
    position TEXT,
    favourite INTEGER NOT NULL,
    change_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    section_id TEXT,
    parent_id TEXT,
    position TEXT,
    title TEXT NOT NULL,
    title_folded TEXT,
    description TEXT NOT NULL,
    priority INTEGER NOT NULL,
    labels TEXT,
    due TEXT,
    due_zone TEXT,
    due_at INTEGER,
    recurrence TEXT,
    reminders TEXT,
    deadline TEXT,
    start_date TEXT,
    duration_minutes INTEGER,
    completed_at INTEGER,
    created_by TEXT,
    change_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_open ON tasks (project_id, id, position) WHERE completed_at IS NULL;
CREATE INDEX tasks_moved ON tasks (project_id, position, id)
    WHERE completed_at IS NULL AND position IS NOT NULL;
CREATE INDEX tasks_due ON tasks (project_id, due, id, due_at, priority, labels, completed_at)
    WHERE completed_at IS NULL AND due IS NOT NULL;
CREATE INDEX tasks_deadline ON tasks (project_id, deadline, id, due, priority, labels, completed_at)
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
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    completed INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    PRIMARY KEY (project_id, label, completed, task_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_labels_open ON task_labels (project_id, label) WHERE completed = 0;

CREATE TABLE task_days (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    day_key TEXT NOT NULL,
    task_id TEXT NOT NULL,
    due_zone TEXT NOT NULL,
    start_date TEXT NOT NULL,
    PRIMARY KEY (project_id, day_key, task_id, due_zone, start_date)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_days_zoned ON task_days (project_id, day_key, task_id, due_zone, start_date)
    WHERE due_zone <> '';

CREATE TABLE tombstones (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    noun TEXT NOT NULL,
    root_id TEXT,
    title TEXT NOT NULL,
    item TEXT,
    change_id TEXT NOT NULL,
    deleted_by TEXT NOT NULL,
    deleted_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (project_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_by_version ON tombstones (project_id, version, id);
CREATE INDEX tombstones_by_root ON tombstones (root_id, id) WHERE root_id IS NOT NULL;
CREATE INDEX tombstones_in_trash ON tombstones (project_id, deleted_at, id) WHERE root_id = id;
CREATE INDEX tombstones_by_deletion ON tombstones (deleted_at);

CREATE TABLE changes (
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    project_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    command TEXT NOT NULL,
    noun TEXT NOT NULL,
    item_id TEXT NOT NULL,
    action TEXT NOT NULL,
    previous_id TEXT,
    undone_id TEXT,
    old_values TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    id INTEGER NOT NULL PRIMARY KEY,
    content TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE erased_projects (
    id TEXT NOT NULL PRIMARY KEY,
    swept_to TEXT NOT NULL
) STRICT;

CREATE TABLE idempotency_keys (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, idempotency_key)
) STRICT;
CREATE INDEX idempotency_keys_by_creation ON idempotency_keys (created_at);

CREATE TABLE rate_limits (
    id TEXT NOT NULL PRIMARY KEY,
    whole_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rate_limits_by_end ON rate_limits (whole_at);

CREATE TABLE jobs (
    name TEXT NOT NULL PRIMARY KEY,
    next_run_at INTEGER NOT NULL,
    leased_by TEXT NOT NULL,
    leased_until INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    last_run_at INTEGER
) STRICT;
