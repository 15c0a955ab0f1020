#!/usr/bin/env bash
# Starts a target against a real identity provider, npm's oidc-provider, and checks what a service relies on: that it
# starts before the provider does, takes the provider's tokens, follows its keys, and outlives its outages.
#
#     tests/providers/run.sh [--signed] [TARGET...]
#
# TARGET is tower, axum or actix; by default axum. With --signed the provider can sign introspection answers, and
# INTROSPECTION_SIGNED=1 tells the target to ask for that.
# SCOPA_CI_CACHE names a folder that keeps the installed provider. Needs Node 20 with npm; without them nothing is run.
# All that listens does so on 127.0.0.1, at free ports. Fails when a check does.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
options=()
if [ "${1:-}" = --signed ]; then
    options+=(--signed)
    shift
fi
[ $# -gt 0 ] || set -- axum

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "node and npm are not there: the real identity provider was skipped"
    exit 0
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# Installed outside of the repository. The provider stands beside its modules, where Node looks for them.
folder="${SCOPA_CI_CACHE:-$work}/providers"
mkdir -p "$folder"
if ! cmp -s "$root/tests/providers/package-lock.json" "$folder/installed.json"; then
    rm -f "$folder/installed.json"
    cp "$root/tests/providers/package.json" "$root/tests/providers/package-lock.json" "$folder"
    (cd "$folder" && timeout -k 10 300 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$folder/package-lock.json" "$folder/installed.json"
fi
cp "$root/tests/providers/provider.mjs" "$folder"

cd "$root"
cargo build --quiet -p scopa-tests --bins
programs="${CARGO_TARGET_DIR:-$root/target}/debug"

status=0
for target in "$@"; do
    echo "target-$target"
    timeout -k 10 300 python3 -B tests/providers/run.py "${options[@]}" \
        --provider "$folder/provider.mjs" --target "$programs/target-$target" || status=1
done
exit "$status"
