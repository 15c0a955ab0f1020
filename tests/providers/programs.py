"""The programs of a run, and how they are asked."""
import base64
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.parse

AUDIENCE = "https://api.example.test"

# The media type of a signed introspection answer (RFC 9701 §4).
SIGNED = "application/token-introspection+jwt"


class Program:
    """A program that listens on a port of 127.0.0.1 and logs to a file."""

    def __init__(self, command, settings, port, log):
        # A proxy has no business on loopback.
        inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self.command, self.port, self.log = command, port, log
        self.environment = inherited | settings
        self.process = None

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def kill(self):
        if self.process:
            # Ends a process that is stopped, too.
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def logged(self):
        return self.log.read_text(errors="replace").splitlines() if self.log.exists() else []

    def ask(self, method, path, headers=None, form=None):
        """Sends one request on a connection of its own. Without an answer the status is 0."""
        start = time.monotonic()
        headers = headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            body = None
            if form is not None:
                body = urllib.parse.urlencode(form)
                headers = headers | {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, {}, repr(error).encode(), time.monotonic() - start)
        finally:
            connection.close()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, fields, content, time.monotonic() - start)


class Provider(Program):
    """The identity provider, what its clients ask it, and all that it and they must keep to themselves."""

    def __init__(self, arguments, port, machine, api, log):
        command = ["node", arguments.provider, str(port)] + ["--signed"] * arguments.signed
        settings = {"MACHINE": ":".join(machine), "API": ":".join(api)}
        super().__init__(command, settings, port, log)
        self.issuer = f"http://127.0.0.1:{port}"
        self.machine, self.api = machine, api
        self.confidential = {api[1], urllib.parse.quote_plus(api[1]), basic(api).split()[1]}

    def start(self):
        super().start()
        found = until(lambda: self.ask("GET", "/jwks"), 200, {0}, 30)
        if not found[0]:
            raise RuntimeError(f"the provider does not start: {found[1]}")

    def stop(self):
        """Stops it without its knowing: connections are accepted by the system, and nobody answers."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def rotate(self):
        """Lets it sign with new keys, beside which it publishes the old ones."""
        before = self.keys()
        self.process.send_signal(signal.SIGHUP)
        for _ in every(0.02, 5):
            if self.keys() != before:
                return
        raise RuntimeError("the provider does not rotate its keys")

    def token(self, kind, scope):
        """Asks for a token by client_credentials (RFC 6749 §4.4): of an algorithm, opaque, or for elsewhere."""
        resource = "urn:elsewhere" if kind == "elsewhere" else f"urn:api:{kind.lower()}"
        form = {"grant_type": "client_credentials", "resource": resource, "scope": scope}
        answer = self.as_client(self.machine, "/token", form)
        if answer.status != 200:
            raise RuntimeError(f"no token: {answer}")
        token = answer.json()["access_token"]
        self.keep(token)
        return token

    def forged(self):
        """Makes a token that only lacks a key and a signature."""
        head = {"alg": "RS256", "typ": "at+jwt", "kid": secrets.token_hex(8)}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "machine",
            "client_id": "machine",
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": now + 600,
            "scope": "alpha",
        }
        segments = (json.dumps(head), json.dumps(claims), secrets.token_bytes(256))
        token = ".".join(base64url(segment) for segment in segments)
        self.keep(token)
        return token

    def keep(self, token):
        # A signature turns what is harmless into a token again.
        self.confidential |= {token, token.rpartition(".")[2]}

    def introspect(self, token):
        return self.as_client(self.api, "/token/introspection", {"token": token}).json()

    def introspect_signed(self, token):
        answer = self.as_client(self.api, "/token/introspection", {"token": token}, SIGNED)
        return answer.headers.get("content-type", "").split(";")[0], answer.body.decode()

    def revoke(self, token):
        answer = self.as_client(self.machine, "/token/revocation", {"token": token})
        if answer.status != 200:
            raise RuntimeError(f"not revoked: {answer}")

    def as_client(self, client, path, form, accept="application/json"):
        return self.ask("POST", path, {"Authorization": basic(client), "Accept": accept}, form)

    def keys(self):
        """Returns the algorithm of each key, by kid."""
        return {key["kid"]: key["alg"] for key in self.ask("GET", "/jwks").json()["keys"]}

    def count(self, start):
        return sum(line.startswith(start) for line in self.logged())

    def introspections(self):
        return [line for line in self.logged() if line.startswith("POST /token/introspection ")]


class Target(Program):
    """The program that is tested."""

    def __init__(self, arguments, port, provider, log):
        settings = {
            "ISSUER": provider.issuer,
            "AUDIENCE": AUDIENCE,
            "LEEWAY": "30",
            "DISCOVER": "1",
            "INTROSPECTION_CLIENT": ":".join(provider.api),
            # The more it says, the more it could give away.
            "RUST_LOG": "info,scopa=trace",
        }
        if arguments.signed:
            settings["INTROSPECTION_SIGNED"] = "1"
        super().__init__([arguments.target, "--port", str(port)], settings, port, log)
        self.environment.pop("JWKS_URI", None)

    def get(self, path, token=None):
        return self.ask("GET", path, {"Authorization": f"Bearer {token}"} if token else {})


class Answer:
    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    def json(self):
        return json.loads(self.body)

    def challenge(self):
        return self.headers.get("www-authenticate", "")

    def __repr__(self):
        shown = {name: self.headers[name] for name in ("www-authenticate", "retry-after") if name in self.headers}
        return f"{self.status} {shown} {self.body[:200].decode(errors='replace')} ({self.seconds:.3f} s)"


def until(request, status, meanwhile, seconds):
    """Repeats a request until it is answered with a status, and only with some others before."""
    seen = []
    for _ in every(0.1, seconds):
        seen.append(request())
        if seen[-1].status == status:
            return True, None
        if seen[-1].status not in meanwhile:
            return False, f"after {len(seen)} requests, meanwhile not {meanwhile}: {seen[-1]}"
    return False, f"after {len(seen)} requests in {seconds} s: {seen[-1]}"


def every(pause, seconds):
    """Yields the seconds that have passed, with a pause between, until enough have."""
    start = time.monotonic()
    while (now := time.monotonic() - start) < seconds:
        yield now
        time.sleep(pause)


def basic(client):
    # RFC 6749 §2.3.1.
    pair = ":".join(urllib.parse.quote_plus(word) for word in client)
    return "Basic " + base64.b64encode(pair.encode()).decode()


def parts(token):
    """Reads the header and the claims of a token."""
    head, claims, _ = token.split(".")
    return json.loads(unbase64(head)), json.loads(unbase64(claims))


def base64url(content):
    content = content.encode() if isinstance(content, str) else bytes(content)
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
