"""Two instances of crash-reports behind nginx: what one does, the other knows; what one drops, the other serves.

Started by behind_nginx.sh, with the program, nginx's configuration and a folder for what is written. DATABASE_URL is in the environment.
"""
import collections
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

PROGRAM, TEMPLATE, WORK = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])

# How long anything is waited for, in seconds.
PATIENCE = 30
# nginx asks an instance that failed again after this: `fail_timeout`.
FAIL_TIMEOUT = 2

THREADS = 8
BOUNDARY = "----formdata-undici-038065404185"

passed = failed = 0


def check(name, held, found=""):
    global passed, failed
    if held is True:
        passed += 1
        print(f"ok    {name}", flush=True)
    else:
        failed += 1
        print(f"FAIL  {name}: {str(found)[:1000]}", flush=True)


def same(name, found, expected):
    check(name, found == expected, f"{found!r}, expected {expected!r}")


def until(what, condition):
    """Waits until something is so, within bounds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise RuntimeError(f"not within {PATIENCE} s: {what}")


# Requests

Answer = collections.namedtuple("Answer", "status fields body")


def ask(port, method, path, token=None, headers=(), body=None, source="127.0.0.1"):
    """Sends a request over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(source, 0))
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        if token is not None:
            connection.putheader("Authorization", f"Bearer {token}")
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None or method in ("POST", "PUT"):
            connection.putheader("Content-Length", str(len(body or b"")))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def multipart(pairs):
    parts = (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in pairs)
    return "".join((*parts, f"--{BOUNDARY}--\r\n")).encode()


MULTIPART = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")


def credentials(client):
    return [("grant_type", "client_credentials"), ("client_id", client[0]), ("client_secret", client[1])]


def ask_token(port, client, source="127.0.0.1", headers=()):
    """As the real client does it: multipart, with an empty `Authorization`."""
    headers = (("Authorization", ""), MULTIPART, *headers)
    return ask(port, "POST", "/oauth2/authorize", headers=headers, body=multipart(credentials(client)), source=source)


def token_of(port, client):
    answer = ask_token(port, client)
    if answer.status != 200:
        raise RuntimeError(f"no token: {answer}")
    return json.loads(answer.body)["access_token"]


def make_client(port, scope):
    body = json.dumps({"name": f"for {scope}", "scope": scope, "database": "Fred"}).encode()
    answer = ask(port, "POST", "/api/oauth-clients", token=unrestricted, headers=[JSON], body=body)
    if answer.status != 201:
        raise RuntimeError(f"no client: {answer}")
    made = json.loads(answer.body)
    return made["client_id"], made["client_secret"]


def delete_client(port, client):
    return ask(port, "DELETE", f"/api/oauth-clients/{client[0]}", token=unrestricted).status


def read(port, token):
    """A read that is a POST."""
    body = multipart([("database", "Fred")])
    return ask(port, "POST", "/api/v2/summary", token=token, headers=[MULTIPART], body=body).status


# The processes

def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return numbers


class Instance:
    def __init__(self, port, origin):
        self.port, self.origin, self.process, self.starts = port, origin, None, 0

    def start(self):
        self.starts += 1
        self.said = WORK / f"instance-{self.port}-{self.starts}.out"
        # The same settings for both, but for the port.
        settings = {"PORT": str(self.port), "ORIGIN": self.origin, "DATA": str(WORK / "data"), "PROXY": "127.0.0.1"}
        with open(self.said, "w") as out, open(WORK / f"instance-{self.port}.log", "a") as log:
            self.process = subprocess.Popen([PROGRAM], env={**os.environ, **settings}, stdin=subprocess.DEVNULL, stdout=out, stderr=log)

    def wait(self):
        """Waits until it listens, and returns the token for a person that it printed."""
        def told():
            if self.process.poll() is not None:
                raise RuntimeError(f"an instance ended: {self.log()}")
            return re.search(r"^U=(\S+)\n", self.said.read_text(), re.M)
        return until("an instance listens", told)[1]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def log(self):
        return (WORK / f"instance-{self.port}.log").read_text()[-2000:]


class Nginx:
    """In the foreground, with the configuration of the example inside of one that needs no rights."""

    def __init__(self, port, instances):
        self.port, folder = port, WORK / "nginx"
        self.log, conf = folder / "access.log", TEMPLATE.read_text()
        for theirs, ours in [
            ("listen 127.0.0.1:8080;", f"listen 127.0.0.1:{port};"),
            ("server 127.0.0.1:8081 ", f"server 127.0.0.1:{instances[0].port} "),
            ("server 127.0.0.1:8091 ", f"server 127.0.0.1:{instances[1].port} "),
            ("/var/log/nginx/crash-reports.log", str(self.log)),
            ("error_log /var/log/nginx/error.log", "error_log stderr"),
        ]:
            if conf.count(theirs) != 1:
                raise RuntimeError(f"{TEMPLATE} does not say `{theirs}` once")
            conf = conf.replace(theirs, ours)
        (folder / "crash-reports.conf").write_text(conf)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
        # Two workers: each has its own idea of which instance is gone.
        (folder / "nginx.conf").write_text(
            f"daemon off;\nworker_processes 2;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
            f"http {{\n{paths}    include {folder}/crash-reports.conf;\n}}\n"
        )
        self.command = [shutil.which("nginx") or "/usr/sbin/nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "nobody", folder], check=True)
            self.command = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--", *self.command]

    def start(self):
        self.errors = WORK / "nginx-errors.log"
        with open(self.errors, "w") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)

        def listens():
            if self.process.poll() is not None:
                raise RuntimeError(f"nginx ended: {self.errors.read_text()}")
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", self.port)) == 0
        until("nginx listens", listens)

    def stop(self):
        if self.process.poll() is None:
            # SIGTERM ends its workers, too.
            self.process.terminate()
            self.process.wait(PATIENCE)

    def served(self):
        """Returns how many requests each instance answered, and how many were repeated."""
        each, repeated = collections.Counter(), 0
        for line in self.log.read_text().splitlines():
            addresses, statuses = re.findall(r"\[([^]]*)\]", line)[-2:]
            addresses = addresses.split(", ")
            # If it believes that both are gone, it asks nobody.
            each[addresses[-1].removeprefix("127.0.0.1:")] += 1
            repeated += len(addresses) > 1
        return each, repeated


# What is tried

def both_are_one_service():
    same("the token for a person that one printed is good at the other", [read(one.port, tokens[1]), read(two.port, tokens[0])], [200, 200])
    client = make_client(one.port, "restricted")
    token = token_of(two.port, client)
    same("a client made at one gets a token at the other, good at both and through nginx", [read(port, token) for port in ports], [200] * 3)
    answer = ask_token(nginx.port, client)
    same("through nginx: the real client's request, `no-store`", (answer.status, answer.fields["Cache-Control"]), (200, "no-store"))
    same("through nginx: who has no token is challenged", challenge(ask(nginx.port, "GET", "/api/v2/versions?database=Fred")), (401, "Bearer"))


def challenge(answer):
    return answer.status, (answer.fields["WWW-Authenticate"] or "").split(" ")[0]


def an_ended_client_is_refused_at_once():
    """The database is asked about each token, so the bound is the very next request."""
    rounds, longest = 20, 0.0
    for number in range(rounds):
        here, there = (one, two) if number % 2 else (two, one)
        client = make_client(here.port, "restricted")
        token = token_of(there.port, client)
        if read(there.port, token) != 200:
            raise RuntimeError("a new token is refused")
        deleted = delete_client(here.port, client)
        started = time.monotonic()
        refused = read(there.port, token)
        longest = max(longest, time.monotonic() - started)
        after = (deleted, refused, read(nginx.port, token), ask_token(there.port, client).status)
        if after[0] // 100 != 2 or after[1:] != (401, 401, 400):
            check(f"a client ended at one is refused by the other, time {number + 1}", False, after)
            return
    print(f"      {rounds} clients ended: refused by the other instance on the very next request, {longest * 1000:.1f} ms later at most")
    check("a client ended at one is refused by the other on the very next request", True)


def at_once(*calls):
    """Starts all at the same time, and returns what each returned."""
    gate, found = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        gate.wait(PATIENCE)
        found[place] = call()
    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return found


def a_single_use_address_is_used_once():
    token = token_of(nginx.port, make_client(nginx.port, "symbols"))
    found = collections.Counter()
    for _ in range(20):
        path = address_for_an_upload(token)
        put = [lambda port=port: ask(port, "PUT", path, body=b"symbols").status for port in (one.port, two.port)]
        found[tuple(sorted(at_once(*put)))] += 1
    same("a single-use address, used at both instances at once, works once", found, {(200, 403): 20})

    paths = [address_for_an_upload(token) for _ in range(4)]
    two.kill()
    _, before = nginx.served()
    same("with one instance gone, uploads go to the other", [ask(nginx.port, "PUT", path, body=b"symbols").status for path in paths], [200] * 4)
    same("again, they are refused", [ask(nginx.port, "PUT", path, body=b"symbols").status for path in paths], [403] * 4)
    check("nginx had to ask twice", nginx.served()[1] > before)
    logs = nginx.log.read_text() + nginx.errors.read_text() + one.log() + two.log()
    check("no log holds such an address", "/s3/put" in logs and all(path not in logs for path in paths))
    both_serve_again(two, lambda: read(nginx.port, token))


def address_for_an_upload(token):
    answer = ask(one.port, "POST", "/symsrv/uploadUrl", token=token, headers=[MULTIPART], body=multipart([("database", "Fred")]))
    if answer.status != 200:
        raise RuntimeError(f"no address: {answer}")
    url = urllib.parse.urlsplit(json.loads(answer.body)["url"])
    if f"{url.scheme}://{url.netloc}" != origin:
        raise RuntimeError(f"the address is not that of nginx: {url.netloc}")
    return f"{url.path}?{url.query}"


def a_guesser_locks_out_nobody_else():
    client = make_client(one.port, "restricted")
    wrong = (client[0], "wrong-secret-0123456789")
    # Each time another address of its own making.
    forged = lambda number: [("X-Real-IP", f"192.0.2.{number}"), ("X-Forwarded-For", f"192.0.2.{number}")]
    statuses = [ask_token(nginx.port, wrong, "127.0.0.2", forged(number)).status for number in range(30)]
    same("who guesses is told so, and then slowed down, whatever address it says it has", (statuses[0], statuses[-1]), (400, 429))
    # Both instances, by turns.
    same("the client itself is not, nor others", [ask_token(nginx.port, client, "127.0.0.3").status for _ in range(4)], [200] * 4)
    direct = [ask_token(port, client).status for port in (one.port, two.port)]
    same("nor is the proxy itself", direct, [200, 200])


def both_serve_again(victim, call=lambda: None):
    """Starts an instance again, and waits until nginx gives requests to both. Returns how long that took, in seconds."""
    victim.start()
    victim.wait()
    started, (before, _) = time.monotonic(), nginx.served()

    def both_serve():
        call()
        now, _ = nginx.served()
        return all(now[str(instance.port)] >= before[str(instance.port)] + 20 for instance in (one, two))
    until("both serve again", both_serve)
    return time.monotonic() - started


class Load:
    """Requests through nginx that may be repeated, from several threads, until it is told to end."""

    def __init__(self, client):
        self.client, self.token = client, token_of(nginx.port, client)
        self.over, self.lock = threading.Event(), threading.Lock()
        self.answers, self.wrong = collections.Counter(), []
        self.threads = [threading.Thread(target=self.run, args=[number], daemon=True) for number in range(THREADS)]

    def run(self, number):
        form = urllib.parse.urlencode(credentials(self.client)).encode()
        database = multipart([("database", "Fred")])
        kinds = [
            ("a read by GET", lambda: ask(nginx.port, "GET", "/api/v2/versions?database=Fred", token=self.token)),
            ("a read by POST", lambda: ask(nginx.port, "POST", "/api/v2/summary", token=self.token, headers=[MULTIPART], body=database)),
            ("a token, multipart", lambda: ask_token(nginx.port, self.client)),
            ("a token, urlencoded", lambda: ask(nginx.port, "POST", "/oauth2/authorize", headers=[FORM], body=form)),
        ]
        while not self.over.is_set():
            name, call = kinds[number % len(kinds)]
            number += 1
            try:
                found = call().status
            except Exception as error:
                found = repr(error)
            with self.lock:
                self.answers[name] += 1
                if found != 200:
                    self.wrong.append((name, found))

    def count(self):
        with self.lock:
            return self.answers.total()

    def go_on(self, count):
        """Waits until so many more were answered."""
        wanted = self.count() + count
        until(f"{count} more answers", lambda: self.count() >= wanted)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE)


def one_that_dies_under_load_loses_nothing():
    client = make_client(nginx.port, "restricted")
    with Load(client) as load:
        load.go_on(300)
        for victim in (one, two, one):
            victim.kill()
            load.go_on(400)
            seconds = both_serve_again(victim)
            print(f"      killed and started again: both serve after {seconds:.1f} s (fail_timeout: {FAIL_TIMEOUT} s)")
    each, repeated = nginx.served()
    print(f"      {load.count()} requests: {dict(load.answers)}; {repeated} were given to the other instance")
    check("both instances took part", min(each[str(one.port)], each[str(two.port)]) > 100, each)
    check("some requests had to be given to the other instance", repeated > 0, repeated)
    same("one killed under load, three times over: answers other than 200", collections.Counter(load.wrong), {})
    same("what the client got before is good after", [read(port, load.token) for port in ports], [200] * 3)


ports = free_ports(3)
origin = f"http://127.0.0.1:{ports[2]}"
one, two = Instance(ports[0], origin), Instance(ports[1], origin)
nginx = Nginx(ports[2], (one, two))
try:
    # Both at once, on a database without tables and a folder without keys.
    one.start()
    two.start()
    tokens = [one.wait(), two.wait()]
    unrestricted = tokens[0]
    nginx.start()
    for part in [
        both_are_one_service,
        an_ended_client_is_refused_at_once,
        a_single_use_address_is_used_once,
        a_guesser_locks_out_nobody_else,
        one_that_dies_under_load_loses_nothing,
    ]:
        try:
            part()
        except Exception as error:
            check(f"{part.__name__} goes on to its end", False, repr(error))
    if failed:
        print(one.log(), two.log(), nginx.errors.read_text()[-2000:], sep="\n")
finally:
    for instance in (one, two):
        if instance.process and instance.process.poll() is None:
            instance.kill()
    if hasattr(nginx, "process"):
        nginx.stop()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
