"""Checks every feature of every published crate by itself, with a cryptography back end beside it."""
import json
import subprocess
import sys

BACK_ENDS = ["aws-lc-rs", "rust-crypto"]
# What a package cannot be without, beside a back end.
ALSO = {"scopa-issuer-sqlx": ["sqlite"]}

metadata = json.loads(
    subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], check=True, capture_output=True
    ).stdout
)
for package in metadata["packages"]:
    if package["publish"] == []:
        continue
    features = [name for name in package["features"] if name != "default"]
    alone = [[back_end, *ALSO.get(package["name"], [])] for back_end in BACK_ENDS if back_end in features]
    alone += [["aws-lc-rs", name] for name in features if name not in BACK_ENDS]
    for chosen in alone:
        command = ["cargo", "check", "--quiet", "-p", package["name"], "--no-default-features"]
        command += ["--features", ",".join(chosen)]
        print(" ".join(command), flush=True)
        if subprocess.run(command).returncode != 0:
            sys.exit(1)

# Without a back end there is nothing to verify with: that must be said while compiling, and clearly.
command = ["cargo", "check", "--quiet", "-p", "scopa", "--no-default-features"]
print(" ".join(command), "(must fail)", flush=True)
result = subprocess.run(command, capture_output=True, text=True)
if result.returncode == 0 or "needs a cryptography back end" not in result.stderr:
    sys.exit("scopa compiled without a cryptography back end, or failed without saying why")
