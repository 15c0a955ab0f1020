#!/usr/bin/env bash
# Takes the four systems through the acceptance scripts of their pages, and lets public clients use them.
#
#     tests/systems/run.sh [SYSTEM...]
#
# SYSTEM is bugsplat, workfloplus, opsduty or bipsync; by default all. For each: its walk (`tests/acceptance` of its example) on
# SQLite; then the clients that its users run, as they are published, each against an example program of its own; then
# the walk again on a PostgreSQL that this script starts. Prints all steps with their count, and fails when one is missing or
# anything failed.
#
# Needs cargo, Node 20 with npm, Python 3 with venv, and PostgreSQL (Debian's package `postgresql`). SCOPA_CI_CACHE names a folder
# that keeps what was installed. All that listens does so on 127.0.0.1, at free ports, and ends with the script.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
here="$root/tests/systems"
[ $# -gt 0 ] || set -- bugsplat workfloplus opsduty bipsync
source "$here/postgres.sh"

# The settings of the examples are ours to make. A proxy has no business on loopback.
unset PORT ORIGIN DATA DATABASE_URL
export RUST_BACKTRACE=0
export NO_PROXY='*' no_proxy='*'
# The library wants to be told that plain HTTP is meant.
export AUTHLIB_INSECURE_TRANSPORT=1

work="$(mktemp -d)"
chmod 755 "$work"
program=""
stop() {
    [ -z "$program" ] || { kill -KILL "$program" && wait "$program"; } 2>/dev/null || true
    program=""
}
trap 'stop; postgres_stop; rm -rf "$work"' EXIT
failures=()
failed() {
    failures+=("$*")
    echo "FAILED: $*"
}

# What is known of each system: its example, and the number of steps of its page.
example() {
    case "$1" in
        bugsplat) echo crash-reports ;;
        workfloplus) echo workflows ;;
        opsduty) echo on-call ;;
        bipsync) echo research ;;
        *) echo "no system is called $1" >&2; return 1 ;;
    esac
}
count_of() { case "$1" in bugsplat) echo 16 ;; workfloplus) echo 15 ;; opsduty) echo 19 ;; bipsync) echo 18 ;; esac; }

# All four at once, as `cargo test --workspace` builds them: nothing is built twice. Prints `NAME<TAB>FILE` for each walk and program.
build() {
    cargo test --quiet --workspace --test acceptance --no-run --message-format=json-render-diagnostics >"$work/built.json"
    python3 - "$work/built.json" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    built = json.loads(line)
    if built.get("reason") == "compiler-artifact" and built.get("executable"):
        target, package = built["target"], built["manifest_path"].split("/")[-2]
        if target["name"] == "acceptance" or target["kind"] == ["bin"]:
            print(package, target["kind"][0], built["executable"], sep="\t")
PY
}
# The file of a walk (`test`) or a program (`bin`) of an example.
built() { awk -F '\t' -v name="$1" -v kind="$2" '$1 == name && $2 == kind { print $3 }' "$work/built.txt" | head -n 1; }

# Runs the walk of a system; `$2` is where.
walk() {
    local name walk
    name="$(example "$1")"
    walk="$(built "$name" test)"
    if [ -z "$walk" ]; then
        failed "$1 has no walk: examples/$name/tests/acceptance"
        return
    fi
    if ! (cd "$root/examples/$name" && timeout -k 10 300 "$walk" --nocapture) >"$work/$1.$2" 2>&1; then
        failed "the walk of $1 on $2"
        grep -v '^step ' "$work/$1.$2" | tail -n 60
    fi
}

# Prints the list of the steps that were proved, from what walks and clients said. A missing one is a failure. On PostgreSQL those
# that the walk leaves to a client are not asked for.
list() {
    python3 - "$@" <<'PY'
import re, sys
system, count, where, *files = sys.argv[1:]
steps, left = {}, set()
for file in files:
    for line in open(file, errors="replace"):
        # The name of a test may stand before it.
        said = re.search(r"(?:^|\.\.\. )(step|left) (\w+) (\d+): (.*)", line)
        if said and said[2] == system:
            if said[1] == "step":
                steps.setdefault(int(said[3]), []).append(said[4])
            elif where != "SQLite":
                left.add(int(said[3]))
numbers = range(1, int(count) + 1)
if where == "SQLite":
    for number in sorted(steps):
        for sentence in steps[number]:
            print(f"  {system} {number:2}  {sentence}")
missing = [number for number in numbers if number not in steps and number not in left]
strange = [number for number in steps if number not in numbers]
beside = f" (and {len(left)} by its client)" if left else ""
print(f"{system} on {where}: {len(steps)} of {count} steps{beside}")
if missing or strange:
    sys.exit(f"{system} on {where}: missing {missing}, unknown {strange}")
PY
}

# Installed outside of the repository. The programs for Node stand beside their modules, where it looks for them.
clients="${SCOPA_CI_CACHE:-$work}/systems"
install_clients() {
    mkdir -p "$clients"
    if ! cmp -s "$here/clients/package-lock.json" "$clients/installed.json"; then
        rm -f "$clients/installed.json"
        cp "$here/clients/package.json" "$here/clients/package-lock.json" "$clients"
        (cd "$clients" && timeout -k 10 300 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
        cp "$clients/package-lock.json" "$clients/installed.json"
    fi
    cp "$here/clients"/*.mjs "$clients"
    if ! cmp -s "$here/clients/requirements.txt" "$clients/installed.txt"; then
        rm -rf "$clients/installed.txt" "$clients/venv"
        python3 -m venv "$clients/venv"
        timeout -k 10 300 "$clients/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/clients/requirements.txt"
        cp "$here/clients/requirements.txt" "$clients/installed.txt"
    fi
}

# Starts the example of a system on SQLite and waits until it has said all that it says at the start, last where its keys are. Sets
# `origin`, and `assigned` to what it gave names to.
start() {
    local name file
    name="$(example "$1")"
    file="$(built "$name" bin)"
    [ -n "$file" ] || { echo "example-$name was not built"; return 1; }
    rm -rf "$work/data" && mkdir "$work/data"
    PORT=0 DATA="$work/data" "$file" >"$work/said" 2>"$work/log" &
    program=$!
    for _ in $(seq 300); do
        if grep -Eq 'keys? in ' "$work/said"; then
            origin="$(sed -n '1s/^listening on //p' "$work/said")"
            mapfile -t assigned < <(grep -E '^[A-Z][A-Z0-9_]*=' "$work/said")
            [ -n "$origin" ] && return 0
        fi
        kill -0 "$program" 2>/dev/null || break
        sleep 0.1
    done
    echo "example-$name does not listen"
    return 1
}

# Runs a client: the system, the client's name, and its program.
client() {
    echo "-- $1: $2"
    : >"$work/client"
    if ! start "$1" || ! timeout -k 5 180 env "${assigned[@]}" "${@:3}" "$origin" 2>&1 | tee "$work/client"; then
        failed "$2 with $1"
        echo "-- the end of the log of $(example "$1")"
        tail -n 40 "$work/log"
    fi
    stop
    grep '^step ' "$work/client" >>"$work/$1.clients" || true
}
# All programs for a system: `SYSTEM*.mjs` and `SYSTEM*.py`. `$2` tells how many there must be at least.
clients_of() {
    local file count=0
    : >"$work/$1.clients"
    for file in "$here/clients/$1"*; do
        case "$file" in
            *.mjs) client "$1" "$(basename "$file")" node "$clients/$(basename "$file")" ;;
            *.py) client "$1" "$(basename "$file")" "$clients/venv/bin/python" -B "$file" ;;
            *) continue ;;
        esac
        count=$((count + 1))
    done
    [ "$count" -ge "$2" ] || failed "$1 has $count programs of its clients in tests/systems/clients, not $2"
}
clients_wanted() { case "$1" in opsduty) echo 3 ;; bugsplat) echo 2 ;; *) echo 1 ;; esac; }

cd "$root"
build >"$work/built.txt"
install_clients
for system in "$@"; do
    echo "== $system, on SQLite"
    walk "$system" SQLite
    clients_of "$system" "$(clients_wanted "$system")"
done

echo "== on PostgreSQL"
postgres_start "$work/postgres"
for system in "$@"; do
    DATABASE_URL="$(postgres_database "$system")" walk "$system" PostgreSQL
done
postgres_stop

echo "== the steps"
for system in "$@"; do
    touch "$work/$system.SQLite" "$work/$system.PostgreSQL"
    list "$system" "$(count_of "$system")" SQLite "$work/$system.SQLite" "$work/$system.clients" || failed "the list of $system on SQLite"
    list "$system" "$(count_of "$system")" PostgreSQL "$work/$system.PostgreSQL" || failed "the list of $system on PostgreSQL"
done
if [ ${#failures[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${failures[@]}"
    exit 1
fi
total=0
for system in "$@"; do total=$((total + $(count_of "$system"))); done
echo "$total of $total steps of $*: on SQLite, on PostgreSQL, and with the clients of their users"
