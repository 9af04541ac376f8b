# Functions shared by tests/run, tests/faults, tests/judges and benches/load: required packages and
# temporary database servers.

fail() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

postgresql_programs() {
    find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1
}

install_from_debian() {
    command -v apt-get >/dev/null || fail "install these first: $*"
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "run as root, or install these first: $*"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update --quiet
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --quiet --no-install-recommends "$@"
}

# Prints the packages of missing commands, from a table of commands and their packages.
missing_packages() {
    local command package
    # Debian keeps the server programs outside the path.
    local PATH=$PATH:/usr/sbin:$(postgresql_programs)
    while read -r command package; do
        command -v "$command" >/dev/null || echo "$package"
    done
}

install_commands() {
    local packages
    mapfile -t packages < <(missing_packages)
    ((${#packages[@]})) || return 0
    install_from_debian "${packages[@]}"
}

# Arguments are additional lines of the table.
install_packages() {
    local packages package
    mapfile -t packages < <(
        {
            (($# == 0)) || printf '%s\n' "$@"
            cat <<'PACKAGES'
cc build-essential
curl curl
jq jq
chromium chromium
chromedriver chromium-driver
mariadbd mariadb-server
pg_ctl postgresql
pgbouncer pgbouncer
haproxy haproxy
slowhttptest slowhttptest
faketime faketime
jose jose
PACKAGES
        } | missing_packages
    )
    # Debian's modules need Debian's Python, which another one may precede in the path.
    local program
    program=$(PATH=/usr/bin:$PATH command -v python3 || echo false)
    for package in jwt jwcrypto; do
        "$program" -c "import $package" 2>/dev/null || packages+=("python3-$package")
    done
    ((${#packages[@]})) || return 0
    install_from_debian "${packages[@]}"
}

servers=$(mktemp -d)
postgresql=
mariadb=

stop_servers() {
    if [[ $mariadb ]]; then
        kill "$mariadb" && wait "$mariadb" || true
    fi
    if [[ $postgresql ]]; then
        unprivileged postgres "$postgresql/pg_ctl" stop --silent --mode fast \
            --pgdata "$servers/postgresql" || true
    fi
    rm -rf "$servers"
}
trap stop_servers EXIT

# Neither server runs as root.
unprivileged() {
    local user=$1
    shift
    if ((EUID == 0)); then
        runuser --user "$user" -- "$@"
    else
        "$@"
    fi
}

free_port() {
    local port
    while true; do
        port=$((RANDOM % 20000 + 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

wait_for_port() {
    for ((attempt = 0; attempt < 600; attempt++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.1
    done
    fail "no server came up at port $1"
}

# Accepts options for the server.
start_postgresql() {
    local programs port
    programs=$(postgresql_programs)
    port=$(free_port)
    unprivileged postgres "$programs/initdb" --pgdata "$servers/postgresql" --username docket \
        --auth trust --encoding UTF8 --locale C.UTF-8 --no-sync >"$servers/log" 2>&1 ||
        fail "initdb: $(tail -n 5 "$servers/log")"
    unprivileged postgres "$programs/pg_ctl" start --silent --wait --pgdata "$servers/postgresql" \
        --log "$servers/postgresql/log" --options \
        "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 $*"
    postgresql=$programs
    postgresql_url=postgres://docket@127.0.0.1:$port/postgres
}

start_mariadb() {
    local port
    local as_user=()
    port=$(free_port)
    ((EUID != 0)) || as_user=(--user=mysql)
    mariadb-install-db --no-defaults "${as_user[@]}" --datadir="$servers/mariadb" \
        --auth-root-authentication-method=normal >"$servers/log" 2>&1 ||
        fail "mariadb-install-db: $(tail -n 5 "$servers/log")"
    PATH=$PATH:/usr/sbin mariadbd --no-defaults "${as_user[@]}" --datadir="$servers/mariadb" \
        --port="$port" --bind-address=127.0.0.1 --socket="$servers/mariadb/socket" \
        --max-connections=300 --sql-mode= --character-set-server=latin1 \
        --transaction-isolation=SERIALIZABLE --default-time-zone=+05:45 >"$servers/mariadb/log" 2>&1 &
    mariadb=$!
    wait_for_port "$port"
    mysql_url=mysql://root@127.0.0.1:$port/mysql
}

# The defaults differ from Docket's requirements on purpose: Docket must not depend on them.
start_servers() {
    # The servers' users create their directories in it.
    chmod 1777 "$servers"
    start_postgresql -c default_transaction_isolation=serializable -c timezone=Asia/Kathmandu
    start_mariadb
}

on_sqlite() {
    DOCKET_TEST_ENGINE=sqlite "$@"
}

on_postgresql() {
    DOCKET_TEST_ENGINE=postgres DOCKET_TEST_DATABASE_URL=$postgresql_url "$@"
}

on_mariadb() {
    DOCKET_TEST_ENGINE=mysql DOCKET_TEST_DATABASE_URL=$mysql_url "$@"
}
