#!/bin/sh
# Runs a command with a PostgreSQL server of its own: a new data folder, a free
# port, ended and removed afterwards. CCPT_POSTGRES_URL is where it is, without a
# database. Without the server's programs it says so and exits with 77.
set -eu

for programs in "${CCPT_POSTGRES_BIN:-}" $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) \
    $(dirname "$(command -v initdb 2>/dev/null || echo /none/initdb)"); do
    [ -n "$programs" ] && [ -x "$programs/initdb" ] && [ -x "$programs/postgres" ] && break
    programs=
done
if [ -z "$programs" ]; then
    echo "skipped: there are no programs of a PostgreSQL server here"
    exit 77
fi

# In memory where there is room for it: every test makes a database of 8 MB.
room=/tmp
[ -w /dev/shm ] && [ "$(df -k --output=avail /dev/shm | tail -1)" -gt 500000 ] && room=/dev/shm
folder=$(mktemp -d "$room/ccproxy-postgres-XXXXXX")
# The server refuses to run as root.
as=
if [ "$(id -u)" = 0 ]; then
    as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    chown postgres: "$folder"
fi
cleanup() {
    $as "$programs/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cd "$folder"
LC_ALL=C $as "$programs/initdb" -D "$folder/data" -U ccproxy -A trust -E UTF8 --no-sync \
    >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log"; exit 1; }
# One role for whom trust is not enough.
sed -i '1i host all locked 127.0.0.1/32 scram-sha-256' "$folder/data/pg_hba.conf"
$as "$programs/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w start -o "-p $port \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c fsync=off \
    -c full_page_writes=off -c autovacuum=off -c max_connections=200" >"$folder/start.log" 2>&1 || { cat "$folder"/*.log; exit 1; }

export CCPT_POSTGRES_URL="postgresql://ccproxy@127.0.0.1:$port"
cd - >/dev/null
"$@"
