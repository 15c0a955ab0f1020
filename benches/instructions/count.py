#!/usr/bin/env python3
"""Counts the instructions of scopa's paths under callgrind, and fails where one has grown by more than 3 %.

    python3 benches/instructions/count.py                 compares with baseline.json
    python3 benches/instructions/count.py --update        writes baseline.json
    python3 benches/instructions/count.py --json FILE     writes the figures, too

Needs valgrind. Instructions do not depend on what else the machine does, so a small growth shows. What it costs to check
a signature is the affair of the cryptography library and of the processor: `floor` is shown and not guarded, and
`own`, what scopa adds to it, is.
"""
import argparse
import concurrent.futures
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "baseline.json"
RUNS = 3
# Most growth, on the machine and tools of the baseline and on others: compilers and processors have their share, too.
LIMIT, LIMIT_ELSEWHERE = 0.03, 0.10
# For the shortest paths, where one instruction more is a percent.
SLACK = 3
# aws-lc-rs shall not choose code by what only some processors have and valgrind may learn to run: AVX-512 and SHA.
PINNED = {"OPENSSL_ia32cap": "~0x0:~0xf0230000", "PATH": os.environ["PATH"], "LC_ALL": "C"}
# What code is chosen by otherwise, of that which valgrind knows.
FEATURES = ["adx", "aes", "avx2", "bmi1", "bmi2", "erms", "pclmulqdq", "rdrand", "sse4_2"]
# Each token is new once.
ONCE, OFTEN = 12, 200


def build():
    """Builds the program and returns its path."""
    command = ["cargo", "build", "--release", "--locked", "-p", "instructions", "--message-format", "json"]
    built = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        sys.exit("the program that runs the cases cannot be built")
    lines = [json.loads(line) for line in built.stdout.splitlines()]
    return next(line["executable"] for line in lines if line.get("executable"))


def count(program, case):
    """Returns the instructions of one round of a case."""
    rounds = ONCE if case.endswith((".floor", ".first")) else OFTEN
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counts"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no"]
        command += ["--toggle-collect=instructions::counted", program, "run", case, str(rounds)]
        ran = subprocess.run(command, env=PINNED, capture_output=True, text=True)
        if ran.returncode != 0:
            sys.exit(f"{case} did not run:\n{ran.stderr}")
        total = int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M).group(1))
    if total < rounds:
        sys.exit(f"{case}: nothing was counted; is the function `counted` still there, and not stripped?")
    return total / rounds


def measure(program):
    """Returns the instructions of every case, medians of some runs, and the largest spread of these."""
    cases = subprocess.run([program, "list"], check=True, capture_output=True, text=True).stdout.split()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {case: [pool.submit(count, program, case) for _ in range(RUNS)] for case in cases}
        runs = {case: [job.result() for job in of_case] for case, of_case in jobs.items()}
    spread = max((max(of_case) - min(of_case)) / min(of_case) for of_case in runs.values())
    return {case: statistics.median(of_case) for case, of_case in runs.items()}, spread


def guarded(counts):
    """Returns what is compared with the baseline: what scopa adds to a floor or a bare host, and what has neither."""
    figures = {}
    for case, counted in counts.items():
        path, what = case.rsplit(".", 1)
        below = counts.get(f"{path}.floor") if what == "first" else counts.get(f"{path}.none")
        if what in ("floor", "none"):
            continue
        name = case if below is None else f"{case}_own"
        figures[name] = round(counted - (below or 0))
    return figures


def environment():
    """Returns what counts depend on, besides the code."""
    def first_line(*command):
        # Here, for the toolchain may be told by the folder.
        try:
            ran = subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            sys.exit(f"{command[0]} is needed, and not there")
        return ran.stdout.splitlines()[0]

    cpu = Path("/proc/cpuinfo")
    flags = cpu.read_text().split() if cpu.exists() else []
    return {
        "machine": platform.machine(),
        "features": " ".join(name for name in FEATURES if name in flags),
        "valgrind": first_line("valgrind", "--version"),
        "rustc": first_line("rustc", "--version"),
        "libc": " ".join(platform.libc_ver()),
        # The cache has copies for threads, where there may be several.
        "threads": "one" if os.cpu_count() == 1 else "several",
    }


def compare(figures, baseline, here):
    """Returns what has grown, and what is to be noted."""
    complaints, notes = [], []
    then = baseline["environment"]
    if then["machine"] != here["machine"]:
        return [], [f"the baseline is of {then['machine']}: nothing to compare with on {here['machine']}"]
    differing = [f"{name}: {then.get(name)} then, {now} now" for name, now in here.items() if then.get(name) != now]
    limit = LIMIT_ELSEWHERE if differing else LIMIT
    if differing:
        notes.append(f"not the baseline's surroundings ({'; '.join(differing)}): up to {limit:.0%} more is let pass")
    known = baseline["instructions"]
    for name in sorted(set(figures) | set(known)):
        if name not in figures or name not in known:
            complaints.append(f"{name} is only in {'the program' if name in figures else 'the baseline'}")
            continue
        now, before = figures[name], known[name]
        change = f"{name}: {before} instructions in the baseline, {now} now ({now - before:+})"
        let_pass = max(abs(before) * limit, SLACK)
        if now - before > let_pass:
            complaints.append(f"{change}: grown by more than {limit:.0%}")
        elif before - now > let_pass:
            notes.append(f"{change}: update the baseline, so that it stays so")
    return complaints, notes


def print_table(counts, figures, baseline):
    print("## Instructions of a request, by path\n\n```sh\npython3 benches/instructions/count.py\n```\n")
    print("| path | instructions | own | baseline | change |")
    print("|---|---:|---:|---:|---:|")
    for case, counted in counts.items():
        name = case if case in figures else f"{case}_own"
        own, before = figures.get(name), baseline.get("instructions", {}).get(name)
        change = f"{(own - before) / abs(before):+.1%}" if own and before else ""
        cells = [case, f"{counted:,.0f}", "" if own is None else f"{own:,}", f"{before:,}" if before else "", change]
        print("| " + " | ".join(cells) + " |")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--update", action="store_true", help="write the baseline")
    arguments.add_argument("--json", type=Path, metavar="FILE", help="write the figures, one flat key each")
    chosen = arguments.parse_args()

    here = environment()
    counts, spread = measure(build())
    figures = guarded(counts)
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {"environment": here, "instructions": {}}
    print_table(counts, figures, baseline)
    print(f"\nMedians of {RUNS} runs, which differ by at most {spread:.3%}.")
    if chosen.json:
        flat = {f"instructions.{name}": round(counted) for name, counted in counts.items()}
        flat |= {f"instructions.{name}": own for name, own in figures.items()}
        chosen.json.write_text(json.dumps(flat, indent=2) + "\n")
    if chosen.update:
        BASELINE.write_text(json.dumps({"environment": here, "instructions": figures}, indent=2) + "\n")
        print(f"{BASELINE.name} is written: commit it with the reason for the change.")
        return
    complaints, notes = compare(figures, baseline, here)
    for note in notes:
        print(f"note: {note}")
    if complaints:
        print("\n".join(["", *complaints]))
        sys.exit("If this is meant: `python3 benches/instructions/count.py --update`, and say in the commit why.")


if __name__ == "__main__":
    main()
