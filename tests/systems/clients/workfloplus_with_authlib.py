"""PyPI Authlib gets tokens from the example `workflows` as a machine does, and PyPI joserfc verifies them with the published keys."""
import os

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from checks import ORIGIN, Checks, call

GATEWAY = os.environ["GATEWAY"]
OWNER = os.environ["O"]
PREFIX = "https://www.workfloplus.com/auth/"
METADATA = call("GET", "/.well-known/openid-configuration").json()
checks = Checks()


def made(scopes, permissions):
    """Makes a client as the owner, and returns its id and secret."""
    body = {"name": "from Python", "scopes": [PREFIX + scope for scope in scopes], "permissions": permissions}
    answer = call("POST", "/api/client/", OWNER, json=body)
    checks.same("a client is made", answer.status_code, 201)
    return answer.json()["client"]["clientId"], answer.json()["newSecret"]


def session(identity, secret, method="client_secret_post", scope=None):
    return OAuth2Session(identity, secret, scope=scope, token_endpoint_auth_method=method)


def fetch(session, **more):
    return session.fetch_token(METADATA["token_endpoint"], grant_type="client_credentials", **more)


def token_and_its_use():
    client = made(["workflow.read", "schedule.admin"], ["admin"])
    for method in ["client_secret_post", "client_secret_basic"]:
        caller = session(*client, method)
        token = fetch(caller)
        checks.same(f"{method}: it lives for an hour", token["expires_in"], 3600)
        checks.same(f"{method}: its type", token["token_type"], "Bearer")
        checks.same(f"{method}: workflows are read", caller.get(f"{GATEWAY}/workflows/v2").status_code, 200)
        job = {"workflow": "w1", "due": "2026-12-01T08:00:00Z"}
        checks.same(f"{method}: a job is scheduled", caller.post(f"{GATEWAY}/scheduledjobs/v1", json=job).status_code, 201)
        checks.same(f"{method}: no client is made", caller.post(f"{ORIGIN}/api/client/", json={}).status_code, 403)
    keys = KeySet.import_key_set(call("GET", METADATA["jwks_uri"]).json())
    read = jwt.decode(token["access_token"], keys, algorithms=["RS256"])
    checks.same("joserfc verifies it: its type", read.header["typ"], "JWT")
    checks.same("it names no subject", sorted(read.claims), sorted(
        ["aud", "client_id", "exp", "intoware.workfloplus.team", "iss", "nbf", "scope"]))
    checks.same("its issuer", read.claims["iss"], METADATA["issuer"])
    checks.same("its scopes are an array of URIs", read.claims["scope"], [PREFIX + "workflow.read", PREFIX + "schedule.admin"])
    checks.check("its audience is an array", isinstance(read.claims["aud"], list), read.claims["aud"])


def narrower():
    client = made(["workflow.read", "schedule.admin"], ["admin"])
    caller = session(*client, scope=PREFIX + "workflow.read")
    fetch(caller)
    refused = caller.post(f"{GATEWAY}/scheduledjobs/v1", json={})
    checks.same("one scope does not schedule", refused.status_code, 403)
    checks.check("and the challenge names the other", f'scope="{PREFIX}schedule.admin"' in refused.headers["WWW-Authenticate"], refused.headers)


def refusals():
    identity, secret = made(["workflow.read"], ["admin"])
    beyond = session(identity, secret, scope=PREFIX + "team.admin")
    checks.raises("a scope that is not the client's", OAuthError, "invalid_scope", lambda: fetch(beyond))
    for name, wrong in [("a wrong secret", session(identity, "wrong")), ("an unknown id", session("unknown", secret))]:
        checks.raises(name, OAuthError, "invalid_client", lambda wrong=wrong: fetch(wrong))


checks.prove("Authlib gets a token by either way of authentication, uses it, and joserfc verifies it", token_and_its_use, "workfloplus", 2)
checks.prove("Authlib asks for one scope of two", narrower, "workfloplus", 4)
checks.prove("what is refused ends in Authlib's own errors", refusals, "workfloplus", 6)
checks.finish()
