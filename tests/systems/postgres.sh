# A PostgreSQL of one's own, for the scripts beside this file, which read it in. `postgres_start FOLDER` starts the server of the
# newest version that Debian put below /usr/lib/postgresql (or of the path), on a free port of 127.0.0.1, with a password,
# in a folder that it makes. `postgres_database NAME` makes a database and prints its address. `postgres_stop` ends the server.
# PostgreSQL does not run as root: there it runs as the user `postgres`, whom its package made.

postgres_server=""
postgres_password=""
postgres_port=""

postgres_program() {
    local beside
    beside="$(find /usr/lib/postgresql -path "*/bin/$1" 2>/dev/null | sort -V | tail -n 1)"
    [ -n "$beside" ] || beside="$(command -v "$1")" || { echo "$1 is not installed" >&2; return 1; }
    echo "$beside"
}

postgres_start() {
    local folder="$1" as=() postgres initdb ready
    postgres="$(postgres_program postgres)" && initdb="$(postgres_program initdb)" && ready="$(postgres_program pg_isready)"
    postgres_password="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    postgres_folder="$folder"
    mkdir -p "$folder"
    printf '%s' "$postgres_password" >"$folder/password"
    if [ "$(id -u)" = 0 ]; then
        chown -R postgres: "$folder"
        as=(setpriv --reuid postgres --regid postgres --clear-groups --)
    fi
    "${as[@]}" "$initdb" --pgdata "$folder/data" --username=issuer --auth=scram-sha-256 --encoding=UTF8 \
        --locale=C.UTF-8 --no-sync --pwfile "$folder/password" >"$folder.log" 2>&1 || { cat "$folder.log"; return 1; }
    # Somebody may take the port before the server does.
    for _ in 1 2 3 4 5; do
        postgres_port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
        "${as[@]}" "$postgres" -D "$folder/data" -p "$postgres_port" -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories= -c max_connections=200 >>"$folder.log" 2>&1 &
        postgres_server=$!
        for _ in $(seq 200); do
            if "$ready" -q -h 127.0.0.1 -p "$postgres_port"; then return 0; fi
            kill -0 "$postgres_server" 2>/dev/null || break
            sleep 0.1
        done
        postgres_stop
    done
    echo "postgres does not start"
    tail -n 40 "$folder.log"
    return 1
}

postgres_database() {
    PGPASSWORD="$postgres_password" "$(postgres_program psql)" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$postgres_port" \
        -U issuer -d postgres -c "CREATE DATABASE $1" >&2
    echo "postgres://issuer:$postgres_password@127.0.0.1:$postgres_port/$1"
}

# At once: nothing in it is needed any more.
postgres_stop() {
    [ -z "$postgres_server" ] || { kill -QUIT "$postgres_server" && wait "$postgres_server"; } 2>/dev/null || true
    postgres_server=""
}
