"""Checks a target against a running oidc-provider; see run.sh.

Each check is a line: its number, whether it held, what was expected, and for a failure what came instead. The last line
counts them. A check that failed does not end the run, so that one fault does not hide another.
"""
import argparse
import json
import pathlib
import secrets
import signal
import sys
import tempfile
import threading
import time

from programs import AUDIENCE, SIGNED, Provider, Target, base64url, every, free_ports, parts, unbase64, until

ALGORITHMS = ["RS256", "ES256", "EdDSA"]

# How the targets are set, in seconds.
KEY_CACHE = 3.0
ANSWER_CACHE = 3.0
COOL_DOWN = 1.0

# The part of the cache time after which newer keys may be fetched ahead of its end.
AHEAD = 0.8

# What a slow machine may add, the longest that an answer may take which needs no network, and the longest otherwise:
# scopa gives a fetch five seconds.
SLACK = 2.0
FAST = 0.5
LONGEST = 7.0

# The longest that a whole run may take.
DEADLINE = 200


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--provider", required=True, help="provider.mjs, beside its node_modules")
    parser.add_argument("--target", required=True, help="the program that is tested")
    parser.add_argument("--signed", action="store_true", help="introspection answers are signed (RFC 9701)")
    arguments = parser.parse_args()

    # Whatever ends this program, the programs it started end, too.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(DEADLINE)

    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(arguments, pathlib.Path(folder), checks)
        try:
            run.all()
        except Exception as error:
            checks.check("the run goes on to its end", False, repr(error))
        finally:
            signal.alarm(0)
            run.end()
            if checks.failed:
                run.show_logs()
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


def stop(number, _):
    for later in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(later, signal.SIG_IGN)
    sys.exit(f"stopped by {signal.Signals(number).name}")


def out_of_time(*_):
    raise RuntimeError(f"no end within {DEADLINE} s")


class Run:
    """A provider, a target, and all that is asked of them."""

    def __init__(self, arguments, folder, checks):
        self.checks = checks
        self.signed = arguments.signed
        # The provider's address is the issuer, so it stays the same over restarts.
        provider_port, target_port = free_ports(2)
        # RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. These need it.
        machine = ("machine", secrets.token_urlsafe(24))
        api = ("api", secrets.token_urlsafe(24) + " +/=%&:")
        self.provider = Provider(arguments, provider_port, machine, api, folder / "provider.log")
        self.target = Target(arguments, target_port, self.provider, folder / "target.log")

    def all(self):
        self.cold_start()
        for algorithm in ALGORITHMS:
            self.tokens(algorithm)
        self.other_tokens()
        self.opaque_tokens()
        self.rotation_with_overlap()
        self.rotation_by_restart()
        self.hang()
        self.aftermath()

    def end(self):
        self.target.kill()
        self.provider.kill()

    def show_logs(self):
        for program in (self.target, self.provider):
            print(f"-- the end of {program.log.name}")
            print("\n".join(program.logged()[-40:]))

    def cold_start(self):
        check = self.checks.check
        self.target.start()
        public = until(lambda: self.target.get("/public"), 200, {0}, 15)
        check("the target starts while the provider is down: /public 200", *public)
        if not public[0]:
            raise RuntimeError("without a target there is nothing to check")
        forged = self.provider.forged()
        answers = [self.target.get("/any", forged) for _ in every(0.25, KEY_CACHE + COOL_DOWN)]
        check("a token then: 503 with Retry-After, never 401", *all_of(answers, is_unavailable))
        answer = self.target.get("/opaque", secrets.token_urlsafe(32))
        check("an opaque token then: 503 with Retry-After", *all_of([answer], is_unavailable))
        answer = self.target.get("/any")
        check("no token then: 401, a challenge without an error", *all_of([answer], is_bare_challenge))

        self.provider.start()
        self.check_provider()
        token = self.provider.token("RS256", "alpha")
        check(
            "the provider starts: its token is accepted within 5 s, without a restart",
            *until(lambda: self.target.get("/any", token), 200, {503}, 5),
        )
        answer = until(lambda: self.target.get("/any", forged), 401, {503}, COOL_DOWN + SLACK)
        check("the same token as before, signed by nobody: 401", *answer)

    def check_provider(self):
        """Makes sure that the provider is the one that the other checks speak of."""
        check = self.checks.check
        metadata = self.provider.ask("GET", "/.well-known/openid-configuration").json()
        expected = {
            "issuer": self.provider.issuer,
            "jwks_uri": f"{self.provider.issuer}/jwks",
            "introspection_endpoint": f"{self.provider.issuer}/token/introspection",
        }
        found = {name: metadata.get(name) for name in expected}
        check("provider: metadata names issuer, keys and introspection", found == expected, found)
        keys = self.provider.keys()
        check("provider: one key for each algorithm", sorted(keys.values()) == sorted(ALGORITHMS), keys)
        opaque = self.provider.token("opaque", "alpha")
        answer = self.provider.introspect(opaque)
        words = ("active", "iss", "aud", "client_id", "scope", "token_type")
        found = {name: answer.get(name) for name in words}
        expected = dict(zip(words, (True, self.provider.issuer, AUDIENCE, "machine", "alpha", "Bearer")))
        check("provider: introspection calls an opaque token active", found == expected, answer)
        self.provider.revoke(opaque)
        answer = self.provider.introspect(opaque)
        check("provider: introspection calls a revoked token inactive", answer == {"active": False}, answer)
        if self.signed:
            kind, answer = self.provider.introspect_signed(self.provider.token("opaque", "alpha"))
            head, claims = parts(answer)
            is_right = head.get("typ") == "token-introspection+jwt" and claims.get("aud") == "api"
            is_right = is_right and claims.get("token_introspection", {}).get("active") is True
            check("provider: signed introspection", is_right and kind == SIGNED, (kind, head, claims))

    def tokens(self, algorithm):
        check = self.checks.check
        alpha, beta = self.provider.token(algorithm, "alpha"), self.provider.token(algorithm, "beta")
        head, claims = parts(alpha)
        found = (head["alg"], head["typ"], claims["aud"], self.provider.keys().get(head["kid"]))
        expected = (algorithm, "at+jwt", AUDIENCE, algorithm)
        check(f"{algorithm}: the provider's token is what was asked for", found == expected, found)
        answer = self.target.get("/any", alpha)
        check(f"{algorithm}: /any 200", answer.status == 200, answer)
        answer = self.target.get("/whoami", alpha)
        is_machine = answer.status == 200 and answer.json().get("sub") == "machine"
        check(f"{algorithm}: /whoami names the machine", is_machine, answer)
        answer = self.target.get("/alpha", alpha)
        check(f"{algorithm}: /alpha with scope alpha 200", answer.status == 200, answer)
        answer = self.target.get("/alpha", beta)
        check(f"{algorithm}: /alpha with scope beta 403, the challenge names alpha", *all_of([answer], is_insufficient))

        # What the holder of a token would try: another scope, and any other signature.
        head, claims, signature = beta.split(".")
        more = json.loads(unbase64(claims)) | {"scope": "alpha"}
        answers = [self.target.get("/alpha", ".".join((head, base64url(json.dumps(more)), signature)))]
        for byte in (0, -1):
            bits = bytearray(unbase64(signature))
            bits[byte] ^= 1
            answers.append(self.target.get("/any", ".".join((head, claims, base64url(bits)))))
        check(f"{algorithm}: a tampered token 401", *all_of(answers, is_invalid))

    def other_tokens(self):
        check = self.checks.check
        answer = self.target.get("/any", self.provider.token("elsewhere", "alpha"))
        check("a token for another audience 401", *all_of([answer], is_invalid))

        before, start = self.provider.count("GET /jwks "), time.monotonic()
        answers = [self.target.get("/any", self.provider.forged()) for _ in range(50)]
        check("50 tokens with unknown keys: 401", *all_of(answers, is_invalid))
        asked, time_passed = self.provider.count("GET /jwks ") - before, time.monotonic() - start
        limit = 2 + time_passed / COOL_DOWN
        found = f"{asked} times in {time_passed:.1f} s"
        check("the provider was asked for keys once in a cool-down at most", asked <= limit, found)

    def opaque_tokens(self):
        check = self.checks.check
        # That the provider was down is known for a second.
        first = self.provider.token("opaque", "alpha")
        accepted = until(lambda: self.target.get("/opaque", first), 200, {503}, SLACK)
        check(f"an opaque token: accepted within {SLACK} s of the provider's start", *accepted)

        token = self.provider.token("opaque", "alpha")
        before = len(self.provider.introspections())
        answers = [self.target.get("/opaque", token) for _ in range(3)]
        check("another: /opaque 200", *all_of(answers, lambda answer: answer.status == 200))
        asked = self.provider.introspections()[before:]
        kind = SIGNED if self.signed else "application/json"
        expected = [f"POST /token/introspection Basic 200 {kind}"]
        check("the provider was asked once, with client_secret_basic", asked == expected, asked)
        answer = self.target.get("/opaque", secrets.token_urlsafe(32))
        check("an opaque token that nobody issued: 401", *all_of([answer], is_invalid))

        self.provider.revoke(token)
        revoked = until(lambda: self.target.get("/opaque", token), 401, {200}, ANSWER_CACHE + SLACK)
        check("a revoked token: 401 after the cache time", *revoked)

    def rotation_with_overlap(self):
        check = self.checks.check
        old = [self.provider.token(algorithm, "alpha") for algorithm in ALGORITHMS]
        old_keys = self.provider.keys()
        # Right after it has fetched keys, a target does not fetch by itself: it must be the unknown key that makes it.
        before = self.provider.count("GET /jwks ")
        for _ in every(0.1, KEY_CACHE + SLACK):
            self.target.get("/any", old[0])
            if self.provider.count("GET /jwks ") > before:
                break
        start = time.monotonic()
        check("the target fetches keys when its cache is old", self.provider.count("GET /jwks ") > before, "no fetch")
        self.provider.rotate()
        new = [self.provider.token(algorithm, "alpha") for algorithm in ALGORITHMS]
        keys = self.provider.keys()
        kids = {parts(token)[0]["kid"] for token in new}
        is_right = old_keys.keys() < keys.keys() and kids == keys.keys() - old_keys.keys()
        check("provider: it signs with new keys, and still publishes the old", is_right, (old_keys, keys, kids))
        time.sleep(max(0, start + COOL_DOWN + 0.1 - time.monotonic()))
        answers = self.first_or_second(new[0])
        time_passed = time.monotonic() - start
        check("a token of a new key: 200 at the first or second request", *is_soon(answers))
        check("that is before keys are fetched anyway", time_passed < AHEAD * KEY_CACHE, f"after {time_passed:.1f} s")
        answers = [self.target.get("/any", token) for token in new + old]
        check("tokens of all keys, new and old, do then", *all_of(answers, is_fast))

    def first_or_second(self, token):
        answers = [self.target.get("/any", token)]
        if answers[0].status != 200:
            # As a client would: not at once.
            time.sleep(0.5)
            answers.append(self.target.get("/any", token))
        return answers

    def rotation_by_restart(self):
        check = self.checks.check
        old = [self.provider.token(algorithm, "alpha") for algorithm in ALGORITHMS]
        unasked = self.provider.token("opaque", "alpha")
        old_keys = self.provider.keys()
        self.provider.kill()
        answers = [self.target.get("/any", token) for _ in every(0.25, KEY_CACHE + SLACK) for token in old]
        check("the provider is down: known keys still do, fast, beyond the cache time", *all_of(answers, is_fast))
        answer = self.target.get("/opaque", unasked)
        check("an opaque token then: 503 with Retry-After", *all_of([answer], is_unavailable))

        self.provider.start()
        keys = self.provider.keys()
        is_other = len(keys) == len(ALGORITHMS) and not keys.keys() & old_keys.keys()
        check("provider: it comes back with other keys", is_other, (old_keys, keys))
        new = [self.provider.token(algorithm, "alpha") for algorithm in ALGORITHMS]
        time.sleep(COOL_DOWN + 0.1)
        check("a token of a new key: 200 at the first or second request", *is_soon(self.first_or_second(new[0])))
        answers = [self.target.get("/any", token) for token in new]
        check("all new keys are known then", *all_of(answers, is_fast))
        for algorithm, token in zip(ALGORITHMS, old):
            answer = until(lambda: self.target.get("/any", token), 401, {200}, KEY_CACHE + SLACK)
            check(f"{algorithm}: a token of a withdrawn key: 401 after the cache time", *answer)
        answers = [self.target.get("/any", token) for _ in every(0.25, KEY_CACHE) for token in old]
        check("and it stays at that", *all_of(answers, is_invalid))

    def hang(self):
        check = self.checks.check
        known = [self.provider.token(algorithm, "alpha") for algorithm in ALGORITHMS]
        unasked = self.provider.token("opaque", "alpha")
        answers = [self.target.get("/any", token) for token in known]
        check("before the provider hangs: 200", *all_of(answers, is_fast))
        self.provider.stop()
        # What waits for the provider must not keep others waiting. The second starts when the cache is old.
        waiting = [Later(lambda: self.target.get("/opaque", unasked))]
        waiting.append(Later(lambda: self.target.get("/any", self.provider.forged())))
        answers, start = [], time.monotonic()
        for now in every(0.1, DEADLINE):
            answers += [self.target.get("/any", token) for token in known]
            if now > KEY_CACHE + 1 and len(waiting) == 2:
                waiting.append(Later(lambda: self.target.get("/any", self.provider.forged())))
            if len(waiting) == 3 and not any(later.is_alive() for later in waiting):
                break
        check(
            f"the provider hangs for {time.monotonic() - start:.0f} s: {len(answers)} times 200, each within {FAST} s",
            *all_of(answers, is_fast),
        )
        opaque, *unknown = [later.answer for later in waiting]
        check(f"an opaque token then: 503 within {LONGEST} s", *all_of([opaque], is_unavailable))
        check(f"an unknown key then: 401 or 503 within {LONGEST} s", *all_of(unknown, is_no_wonder))

        self.provider.go_on()
        answer = until(lambda: self.target.get("/opaque", unasked), 200, {503}, 5 + SLACK)
        check("the provider goes on: the opaque token is accepted", *answer)
        new = [self.provider.token(algorithm, "alpha") for algorithm in ALGORITHMS]
        answers = [self.target.get("/any", token) for token in new + known]
        check("and tokens old and new are", *all_of(answers, is_fast))

    def aftermath(self):
        check = self.checks.check
        check("the target is still the same process", self.target.is_running(), "it ended")
        log = "\n".join(self.target.logged())
        check("the target has a log", len(log) > 0, "it is empty")
        leaks = sum(secret in log for secret in self.provider.confidential)
        check("no token and no secret is in it", leaks == 0, f"{leaks} of {len(self.provider.confidential)}")


class Checks:
    """Counts and prints."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, text, is_right, found):
        number = self.passed + self.failed + 1
        if is_right:
            self.passed += 1
            print(f"{number:3} ok      {text}", flush=True)
            return
        self.failed += 1
        print(f"{number:3} FAILED  {text}\n            found: {str(found)[:1000]}", flush=True)


class Later(threading.Thread):
    """A request that others do not wait for."""

    def __init__(self, request):
        super().__init__(daemon=True)
        self.request, self.answer = request, None
        self.start()

    def run(self):
        self.answer = self.request()


def is_fast(answer):
    return answer.status == 200 and answer.seconds < FAST


def is_unavailable(answer):
    has_time = answer.headers.get("retry-after", "").isdecimal()
    return answer.status == 503 and has_time and answer.seconds < LONGEST


def is_invalid(answer):
    return answer.status == 401 and 'error="invalid_token"' in answer.challenge()


def is_insufficient(answer):
    challenge = answer.challenge()
    return answer.status == 403 and 'error="insufficient_scope"' in challenge and 'scope="alpha"' in challenge


def is_bare_challenge(answer):
    return answer.status == 401 and answer.challenge().startswith("Bearer") and "error" not in answer.challenge()


def is_no_wonder(answer):
    """Nobody can know whether such a key exists now; yet it must not be accepted, nor the caller kept waiting."""
    return answer.status in (401, 503) and answer.seconds < LONGEST


def is_soon(answers):
    """Whether a request was answered with 200 at last, and before only as one that may be repeated."""
    return answers[-1].status == 200 and answers[0].status in (200, 401, 503), answers


def all_of(answers, is_right):
    """Whether all answers are right, and the first that is not."""
    wrong = [answer for answer in answers if not is_right(answer)]
    found = f"{len(wrong)} of {len(answers)}: {wrong[0]}" if wrong else None
    return bool(answers) and not wrong, found


if __name__ == "__main__":
    main()
