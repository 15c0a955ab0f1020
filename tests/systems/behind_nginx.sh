#!/usr/bin/env bash
# Runs two instances of examples/crash-reports behind nginx, on one PostgreSQL, and has them fail in turn.
#
#     tests/systems/behind_nginx.sh
#
# nginx has the configuration that readers copy, examples/crash-reports/nginx.conf. What is tried, and what is measured, stands in
# behind_nginx.py. Fails when a check does. Needs cargo, Python 3, and of Debian `nginx` and `postgresql`; as root, nginx runs as
# `nobody`. All that listens does so on 127.0.0.1, at free ports, and ends with the script.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
here="$root/tests/systems"
source "$here/postgres.sh"
unset PORT ORIGIN DATA DATABASE_URL PROXY

work="$(mktemp -d)"
chmod 755 "$work"
trap 'postgres_stop; rm -rf "$work"' EXIT

cd "$root"
# As `run.sh` builds it.
built="$(cargo test --quiet --workspace --test acceptance --no-run --message-format=json-render-diagnostics)"
program="$(sed -n 's/.*"executable":"\([^"]*\/example-crash-reports\)".*/\1/p' <<<"$built" | head -n 1)"
[ -n "$program" ] || { echo "example-crash-reports was not built"; exit 1; }

postgres_start "$work/postgres"
export DATABASE_URL
DATABASE_URL="$(postgres_database crash_reports)"
mkdir "$work/nginx" "$work/data"
timeout -k 10 240 python3 -B "$here/behind_nginx.py" "$program" "$root/examples/crash-reports/nginx.conf" "$work"
