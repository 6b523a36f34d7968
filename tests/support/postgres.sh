#!/usr/bin/env bash
# Runs a private PostgreSQL for tests and benchmarks: a socket in DIR and a port on 127.0.0.1, nothing else.
#
#   postgres.sh start DIR     makes a cluster in DIR and starts it; prints its conninfo (a superuser, through the socket)
#   postgres.sh stop DIR | kill9 DIR | restart DIR
#
# Through the socket everybody is trusted; through TCP a password is asked for (scram). DIR/conninfo and DIR/port tell
# where it is. POSTGRES_SETTINGS adds lines to its configuration (default: fsync=off). With POSTGRES_OWNER=PID it is ended
# when that process is gone. As root it runs as the user postgres, who must be able to reach DIR.
set -euo pipefail

die() {
    echo "postgres.sh: $*" >&2
    exit 3
}

bin=$(find /usr/lib/postgresql/*/bin -name postgres -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v postgres)") || die "PostgreSQL's server is missing: tools/install_deps.sh test"

as_user=(env)
if [ "$(id -u)" = 0 ]; then
    as_user=(runuser -u postgres --)
fi

free_port() {
    local port try
    for try in $(seq 100); do
        port=$((10000 + (RANDOM * 32768 + RANDOM + try) % 9000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return 0
        fi
    done
    die "no free port on 127.0.0.1"
}

pid_of() {
    head -n 1 "$dir/data/postmaster.pid" 2>/dev/null || true
}

# After a kill -9 the server's children may still hold its memory for a moment; then the start is tried again.
launch() {
    local try
    for try in $(seq 50); do
        if "${as_user[@]}" "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/log" start >/dev/null 2>&1; then
            guard
            return 0
        fi
        tail -n 3 "$dir/log" 2>/dev/null | grep -qE 'shared memory|lock file|in use' || break
        sleep 0.2
    done
    tail -n 10 "$dir/log" >&2
    die "PostgreSQL did not start (try $try)"
}

# A postmaster knows nothing of its owner; this does.
guard() {
    local pid
    [ -n "${POSTGRES_OWNER:-}" ] || return 0
    pid=$(pid_of)
    (
        exec </dev/null >/dev/null 2>&1
        while kill -0 "$POSTGRES_OWNER" 2>/dev/null && kill -0 "$pid" 2>/dev/null; do
            sleep 1
        done
        kill -QUIT "$pid" 2>/dev/null
    ) &
    disown
}

start() {
    local port
    chmod 755 "$dir"
    [ "$(id -u)" != 0 ] || chown postgres "$dir"
    "${as_user[@]}" test -x "$dir" || die "the user postgres cannot reach $dir"
    (cd / && "${as_user[@]}" "$bin/initdb" -D "$dir/data" -U postgres -E UTF8 --locale=C --no-sync \
        --auth-local=trust --auth-host=scram-sha-256 >"$dir/initdb.log" 2>&1) || {
        cat "$dir/initdb.log" >&2
        die "initdb failed"
    }
    port=$(free_port)
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
max_connections = 60
shared_buffers = 128MB
max_wal_size = 4GB
log_min_messages = warning
${POSTGRES_SETTINGS:-fsync=off}
CONF
    cd /
    launch
    echo "$port" >"$dir/port"
    echo "host=$dir port=$port user=postgres" | tee "$dir/conninfo"
}

end() {
    local signal=$1 pid waited=0
    pid=$(pid_of)
    [ -n "$pid" ] || return 0
    kill "-$signal" "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do
        waited=$((waited + 1))
        [ $waited -ne 150 ] || kill -KILL "$pid" 2>/dev/null || true
        sleep 0.1
    done
}

[ $# -eq 2 ] || die "usage: postgres.sh start|stop|kill9|restart DIR"
mkdir -p "$2"
dir=$(cd "$2" && pwd)
case $1 in
start) start ;;
stop) end INT ;;
kill9) end KILL ;;
restart)
    cd /
    launch
    cat "$dir/conninfo"
    ;;
*) die "usage: postgres.sh start|stop|kill9|restart DIR" ;;
esac
