#!/usr/bin/env bash
# Sends the hostile requests of a case collection to the three targets and prints a JSON summary for each.
#
#     tests/attack.sh [FOLDER]
#
# FOLDER holds run_cases.py, cases.jsonl and keys.json; by default ../shared/attack beside the repository. Without it
# nothing is run. SCOPA_CI_CACHE names a folder that keeps the Python environment. The identity provider of the cases
# listens on 127.0.0.1:9400 and 9401; it goes down, crawls and lies, and the targets fetch its keys from it. Fails when a case that must hold does not.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
attack="${1:-$root/../shared/attack}"
if [ ! -f "$attack/run_cases.py" ]; then
    echo "$attack: not there, skipped"
    exit 0
fi
attack="$(cd "$attack" && pwd)"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

venv="${SCOPA_CI_CACHE:-$work}/attack-venv"
if ! "$venv/bin/python" -c 'import cryptography, jwcrypto' 2>/dev/null; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check cryptography jwcrypto
fi

cd "$root"
cargo build --quiet -p scopa-tests --bins
programs="${CARGO_TARGET_DIR:-$root/target}/debug"

# The runner writes to its key file.
cp "$attack/keys.json" "$work/keys.json"
chmod u+w "$work/keys.json"

status=0
for target in tower axum actix; do
    port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
    echo "target-$target"
    timeout 900 "$venv/bin/python" "$attack/run_cases.py" \
        --base "http://127.0.0.1:$port" --spawn "$programs/target-$target --port $port --with-issuer" \
        --caps team,introspect,multi_issuer,issuer,issuer_code,issuer_introspect,issuer_revoke,paired,login_page \
        --only 'BASE-*,HDR-*,STR-*,ALG-*,KEY-*,CLM-*,SCP-*,ERR-*,IDP-*,INTRO-*,CACHE-*,ISS-*' \
        --keys "$work/keys.json" --server-log "$work/$target.log" || status=1
done
exit "$status"
