"""What the clients in Python have in common: counting, the browser, and the API."""
import json
import pathlib
import sys
import urllib.parse

import requests

SECONDS = 20

MACHINE = ("m2m", "m2m-secret-0123456789abcdef")
WEB = ("web", "web-secret-0123456789abcdef")
REDIRECT = "https://client.example/cb"

# A port of which the issuer has never heard (RFC 8252 §7.3).
LOOPBACK = "http://127.0.0.1:53682/cb"

SIGNER_KEY = json.loads((pathlib.Path(__file__).parent / "signer.key.json").read_text())


class Checks:
    """A line for each check, and a count at the end. One that failed does not end the run."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, held, found=None):
        if held:
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
            held = type(raised) is kind and error in (raised.error, None)
            self.check(name, held, f"{type(raised).__name__}: {raised!r}")
        else:
            self.check(name, False, f"no error, but {found!r}")

    def run(self, steps):
        for step in steps:
            try:
                step()
            except Exception as error:
                self.check(f"{step.__name__} goes on to its end", False, repr(error))
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


class Issuer:
    """The issuer's metadata, what a browser does, and the API beside it."""

    def __init__(self):
        self.address = sys.argv[1]
        answer = requests.get(f"{self.address}/.well-known/oauth-authorization-server", timeout=SECONDS)
        answer.raise_for_status()
        self.metadata = answer.json()
        self.token = self.metadata["token_endpoint"]
        self.authorize = self.metadata["authorization_endpoint"]
        self.introspect = self.metadata["introspection_endpoint"]
        self.revoke = self.metadata["revocation_endpoint"]

    def consent(self, url):
        """Follows an authorization request as the browser of somebody who consents. Returns where it is sent."""
        answer = requests.get(url, headers={"X-Test-User": "user-1"}, allow_redirects=False, timeout=SECONDS)
        if answer.status_code not in (302, 303):
            raise RuntimeError(f"no redirect, but {answer.status_code}: {answer.text[:300]}")
        return answer.headers["location"]

    def api(self, path, token):
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(self.address + path, headers=headers, timeout=SECONDS).status_code


def query(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def words(scope):
    return set(scope.split() if isinstance(scope, str) else scope)
