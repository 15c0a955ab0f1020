"""What the client programs in Python have in common. `run.sh` starts one beside a running example: with the example's address as
its argument, and with what the example printed (`U=…`) in its environment."""
import sys

import requests

SECONDS = 20

ORIGIN = sys.argv[1].rstrip("/")


class Checks:
    """A line for each check, and a count at the end. One that failed does not end the run."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, held, found=None):
        if held is True:
            self.passed += 1
            print(f"ok    {name}")
        else:
            self.failed += 1
            print(f"FAIL  {name}: {str(found)[:500]}")

    def same(self, name, found, expected):
        self.check(name, found == expected, f"{found!r}, expected {expected!r}")

    def raises(self, name, kind, error, call):
        """The call ends with the library's own error, and that holds what the issuer said."""
        try:
            found = call()
        except Exception as raised:
            held = type(raised) is kind and getattr(raised, "error", None) == error
            self.check(name, held, f"{type(raised).__name__}: {raised!r}")
        else:
            self.check(name, False, f"no error, but {found!r}")

    def prove(self, name, part, system=None, step=None):
        """Runs a part. When all of its checks held, the line for the list of steps is printed, if it proves one."""
        passed, failed = self.passed, self.failed
        try:
            part()
        except Exception as error:
            self.check(f"{name} goes on to its end", False, repr(error))
        if step is not None and self.failed == failed and self.passed > passed:
            print(f"step {system} {step}: {name}")

    def finish(self):
        """Ends the program: the last line of each."""
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def call(method, path, token=None, **more):
    """A request of ours beside those of the library. `path` may be a whole address; redirects are not followed."""
    headers = {**more.pop("headers", {}), **({} if token is None else {"Authorization": f"Bearer {token}"})}
    url = path if path.startswith("http://") else ORIGIN + path
    return requests.request(method, url, headers=headers, allow_redirects=False, timeout=SECONDS, **more)
