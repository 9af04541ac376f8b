"""Disk space per row of each table, including its indexes."""

from program import ENVIRONMENT, run

USERS = 2_000
TASKS = 200_000

# Realistic data: tasks in chronological order, of random users, most with short notes or none. A v7
# UUID begins with the time; the rest is random.
SEED = f"""
CREATE FUNCTION uuid_v7(number BIGINT) RETURNS TEXT LANGUAGE SQL AS $$
    SELECT substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(r, 1, 3) || '-8' ||
        substr(r, 4, 3) || '-' || substr(r, 7, 12)
    FROM (SELECT lpad(to_hex(1767225600000 + number * 1000), 12, '0') AS h,
        md5(number::TEXT || random()) AS r) AS parts
$$;
INSERT INTO users SELECT uuid_v7(n), n || '.lovelace@example.org', n || '.lovelace@example.org',
    'Ada Lovelace', 'Europe/Berlin', 'monday', 'ymd', '24h', 'todoist',
    'system', 'comfortable', 'shown', repeat('h', 97), 0, n, n
    FROM generate_series(1, {USERS}) n;
INSERT INTO sessions SELECT uuid_v7(n), u.id, repeat('a', 110), '192.0.2.77', n, n, n, 900,
    substr(md5(u.id) || md5(u.id || 1), 1, 43), substr(md5(u.id || 2) || md5(u.id || 3), 1, 43)
    FROM (SELECT id, row_number() OVER (ORDER BY id) n FROM users) u;
INSERT INTO security_events SELECT uuid_v7(u.n * 10 + e), u.id, 'signed_in', '192.0.2.77',
    repeat('a', 110), e FROM (SELECT id, row_number() OVER (ORDER BY id) n FROM users) u,
    generate_series(1, 10) e;
INSERT INTO projects (id, owner_id, name, description, colour, favourite, view, group_by,
        sort_by, open_tasks, total_tasks, version, item_version, created_at, updated_at)
    SELECT id, id, 'Inbox', '', 'grey', 0, 'list', 'section', 'position', 0, 0, 1, 1, 1, 1 FROM users;
INSERT INTO project_members SELECT id, id, 'owner', 0 FROM users;
INSERT INTO tasks (project_id, id, title, description, priority, completed_at, created_at,
        updated_at, version)
    SELECT u.ids[1 + n * 7919 % {USERS}], uuid_v7(n), title, notes, 4,
        CASE WHEN n % 3 = 2 THEN n END, n, n, 1
    FROM (SELECT n, 'Book the train to Ghent, turn ' || n || ' ' || md5(n::TEXT) AS title,
        repeat(md5(n::TEXT) || ' ', (ARRAY[0, 0, 3, 12])[1 + n % 4]) AS notes
        FROM generate_series(1, {TASKS}) n) t, (SELECT array_agg(id) AS ids FROM users) u;
"""
TABLES = ["tasks", "projects", "project_members", "users", "sessions", "security_events"]


def sizes(cluster, _):
    primary = cluster.databases.primary
    primary.ask("CREATE DATABASE sizes")
    url = f"postgres://docket@127.0.0.1:{primary.port}/sizes"
    home = cluster.home / "sizes"
    home.mkdir()
    run(cluster.binary, "migrate", cwd=home, env=ENVIRONMENT | {"DOCKET_DATABASE_URL": url})
    for statement in SEED.split(";\n"):
        primary.ask(statement, "sizes")
    return {name: measure(primary, name) for name in TABLES}


def measure(primary, table):
    answer = primary.ask(
        f"SELECT count(*), pg_table_size('{table}'), pg_indexes_size('{table}') FROM {table}",
        "sizes",
    )
    count, data, indexes = map(int, answer.split("|"))
    return {"rows": count, "data": data / count, "indexes": indexes / count}


def rows(results):
    """Yields the rows of the table, with its header."""
    yield ["Table", "Rows", "Bytes of a row", "Bytes of its indexes", "Together"]
    for name, size in results.items():
        data, indexes = round(size["data"]), round(size["indexes"])
        yield [name, f"{size['rows']:,}", data, indexes, data + indexes]
