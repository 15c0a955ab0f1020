"""PyPI's authlib against examples/research: a nightly export, and a reader that alice lets act for her."""
import os
import secrets

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from checks import ORIGIN, Checks, call

T1, T2, ADMIN, ALICE = (os.environ[name] for name in ["T1", "T2", "ADMIN", "ALICE"])
TOKEN = f"{ORIGIN}/v1/oauth/token"
BACK = "http://127.0.0.1:3000/callback"
NOTES, OTHER_NOTES = f"{ORIGIN}/v1/teams/{T1}/notes", f"{ORIGIN}/v1/teams/{T2}/notes"
checks = Checks()


def made(**application):
    """Makes an application as the vendor's people do, and returns its id and secret."""
    body = {"name": "from Python", "confidential": True, "teams": [T1], **application}
    answer = call("POST", "/v1/oauth-applications", ADMIN, json=body)
    checks.same("an application is made", answer.status_code, 201)
    return answer.json()["client_id"], answer.json()["client_secret"]


def session(client, scope=None, method="client_secret_post", **more):
    return OAuth2Session(*client, scope=scope, token_endpoint_auth_method=method, **more)


def an_export():
    client = made(grants=["client_credentials"], scopes=["rest_api:read"])
    for method in ["client_secret_post", "client_secret_basic"]:
        export = session(client, f"team_{T1} rest_api:read", method)
        token = export.fetch_token(TOKEN, grant_type="client_credentials")
        checks.same(f"{method}: its type is lower-case", token["token_type"], "bearer")
        checks.same(f"{method}: no member more", sorted(token), ["access_token", "expires_at", "expires_in", "token_type"])
        checks.same(f"{method}: notes are read", export.get(NOTES).status_code, 200)
        checks.same(f"{method}: fields, too", export.get(f"{ORIGIN}/v1/teams/{T1}/field").status_code, 200)
        refused = export.get(OTHER_NOTES)
        checks.same(f"{method}: not of another team", refused.status_code, 403)
        names_it = f'scope="rest_api:read team_{T2}"' in refused.headers["WWW-Authenticate"]
        checks.check(f"{method}: the challenge names that", names_it, refused.headers)
        checks.same(f"{method}: nothing is written", export.post(NOTES, json={"text": "x"}).status_code, 403)


def refusals():
    client = made(grants=["client_credentials"], scopes=["rest_api:read"])
    fetch = lambda session: session.fetch_token(TOKEN, grant_type="client_credentials")
    for scope in [None, f"team_{T2} rest_api:read", f"team_{T1} team_{T2}", "team_* rest_api:read", "rest_api", "rest_api:write"]:
        checks.raises(f"no token for {scope}", OAuthError, "invalid_scope", lambda: fetch(session(client, scope)))
    for name, wrong in [("a wrong secret", (client[0], "wrong")), ("an unknown id", ("nobody", client[1]))]:
        checks.raises(name, OAuthError, "invalid_client", lambda: fetch(session(wrong, "rest_api:read")))
    partner = made(grants=["authorization_code"], scopes=["rest_api:read"], partner=True, redirect_uris=[BACK])
    checks.raises("a partner", OAuthError, "unauthorized_client", lambda: fetch(session(partner, "rest_api:read")))


def a_reader():
    grants = ["authorization_code", "refresh_token"]
    client = made(grants=grants, scopes=["rest_api:read", "rest_api:write"], redirect_uris=[BACK])
    reader = session(client, f"team_{T1} rest_api:read", redirect_uri=BACK, code_challenge_method="S256")
    verifier = secrets.token_urlsafe(48)
    page, state = reader.create_authorization_url(f"{ORIGIN}/v1/oauth/authorize", code_verifier=verifier)
    form = {"step": "allow", "user": "alice", "password": ALICE}
    sent = call("POST", page, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    checks.same("alice is sent back", sent.status_code, 303)
    answer = sent.headers["Location"]
    first = dict(reader.fetch_token(TOKEN, authorization_response=answer, state=state, code_verifier=verifier))
    checks.same("notes are read", reader.get(NOTES).status_code, 200)
    checks.same("for alice", reader.get(f"{ORIGIN}/v1/ping").json()["person"], "alice")

    refresh = lambda token, **more: reader.refresh_token(TOKEN, refresh_token=token["refresh_token"], **more)
    wider = lambda: refresh(first, scope=f"team_{T1} rest_api:read rest_api:write")
    checks.raises("wider", OAuthError, "invalid_scope", wider)
    second = dict(refresh(first, scope=f"team_{T1}"))
    checks.same("narrower reads no notes", reader.get(NOTES).status_code, 403)
    checks.same("the former token has ended", call("GET", NOTES, first["access_token"]).status_code, 401)
    checks.raises("a used refresh token", OAuthError, "invalid_grant", lambda: refresh(first))
    checks.raises("ends the newest, too", OAuthError, "invalid_grant", lambda: refresh(second))


checks.prove("Authlib gets a token by either way of authentication, and uses it", an_export, "bipsync", 2)
checks.prove("what is refused ends in Authlib's own errors", refusals, "bipsync", 10)
checks.prove("Authlib signs alice in, and refreshes", a_reader, "bipsync", 17)
checks.finish()
