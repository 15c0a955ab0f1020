#!/usr/bin/env bash
# Lets public OAuth clients, as they are published, get and use tokens of the issuer in a target.
#
#     tests/clients/run.sh [TARGET...]
#
# TARGET is axum or actix; by default both. The clients: authlib and requests-oauthlib of PyPI, openid-client, oauth4webapi
# and simple-oauth2 of npm, the Rust crate oauth2. Each has a target of its own, so that the wrong secrets of one do not
# slow down another. SCOPA_CI_CACHE names a folder that keeps what was installed. Needs Node 20 with npm, Python 3
# with venv, and cargo. All that listens does so on 127.0.0.1, at free ports. Fails when a check does.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
here="$root/tests/clients"
[ $# -gt 0 ] || set -- axum actix

work="$(mktemp -d)"
server=""
stop() {
    [ -z "$server" ] || { kill -KILL "$server" && wait "$server"; } 2>/dev/null || true
    server=""
}
trap 'stop; rm -rf "$work"' EXIT

# Installed outside of the repository. The programs for Node stand beside their modules, where it looks for them.
folder="${SCOPA_CI_CACHE:-$work}/clients"
mkdir -p "$folder"
if ! cmp -s "$here/package-lock.json" "$folder/installed.json"; then
    rm -f "$folder/installed.json"
    cp "$here/package.json" "$here/package-lock.json" "$folder"
    (cd "$folder" && timeout -k 10 300 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$folder/package-lock.json" "$folder/installed.json"
fi
cp "$here"/*.mjs "$folder"
if ! cmp -s "$here/requirements.txt" "$folder/installed.txt"; then
    rm -rf "$folder/installed.txt" "$folder/venv"
    python3 -m venv "$folder/venv"
    timeout -k 10 300 "$folder/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$folder/installed.txt"
fi
CARGO_TARGET_DIR="$folder/target" timeout -k 10 900 \
    cargo build --quiet --locked --manifest-path "$here/rust/Cargo.toml"

cd "$root"
cargo build --quiet -p scopa-tests --bins
programs="${CARGO_TARGET_DIR:-$root/target}/debug"

# The libraries want to be told that plain HTTP is meant. A proxy has no business on loopback.
export AUTHLIB_INSECURE_TRANSPORT=1 OAUTHLIB_INSECURE_TRANSPORT=1 NO_PROXY='*' no_proxy='*'
export SIGNER_KEY="$here/signer.key.json" AUDIENCE="https://api.example.test"

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Starts a target and waits until it listens. Its issuer is itself; the other one, whose tokens it takes, too, is nowhere.
start() {
    ISSUER="https://id.example.test" "$programs/target-$1" --port "${2##*:}" --with-issuer >"$work/log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/${2##*:}") 2>/dev/null; then return 0; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    echo "target-$1 does not listen at $2"
    return 1
}

# Runs a client: its name, and the program that is given the address of the issuer.
status=0
client() {
    local target="$1" address
    echo "-- $2, target-$target"
    address="http://127.0.0.1:$(free_port)"
    if ! start "$target" "$address" || ! timeout -k 5 120 "${@:3}" "$address"; then
        status=1
        echo "-- the end of the log of target-$target"
        tail -n 40 "$work/log"
    fi
    stop
}

for target in "$@"; do
    client "$target" authlib "$folder/venv/bin/python" -B "$here/with_authlib.py"
    client "$target" requests-oauthlib "$folder/venv/bin/python" -B "$here/with_requests_oauthlib.py"
    client "$target" openid-client node "$folder/with_openid_client.mjs"
    client "$target" oauth4webapi node "$folder/with_oauth4webapi.mjs"
    client "$target" simple-oauth2 node "$folder/with_simple_oauth2.mjs"
    client "$target" "oauth2 (Rust)" "$folder/target/debug/scopa-clients"
done
exit "$status"
