"""PyPI's authlib against examples/on-call: a person's application, as its author would write it in Python."""
import secrets
import urllib.parse

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from checks import ORIGIN, Checks
from on_call import CALLBACK, TOKEN, application, client, graphql, introspect, make_application, metadata, rest, sign_in, tokens

TWO_YEARS = 63_072_000

checks = Checks()
check, same, raises = checks.check, checks.same, checks.raises


def an_application():
    signed_in, made = make_application("authlib")
    same("the person signs in", signed_in.status_code, 303)
    same("the application is made", made.status_code, 201)
    same("the endpoints have their slashes", TOKEN, f"{ORIGIN}/oauth2/token/")
    wrong = OAuth2Session(application["client_id"], "wrong")
    raises("a wrong secret", OAuthError, "invalid_client", lambda: wrong.refresh_token(TOKEN, "x"))


def the_code_flow():
    session = client()
    location, state, verifier = sign_in(session)
    check("the code goes to the callback", location.startswith(f"{CALLBACK}?"), location)
    redeem = lambda: session.fetch_token(
        TOKEN, authorization_response=location, state=state, code_verifier=verifier
    )
    token = dict(redeem())
    same("two years", token["expires_in"], TWO_YEARS)
    same("all scopes", set(token["scope"].split()), {"api", "api:v1"})
    same("the session opens the REST API", session.get(f"{ORIGIN}/api/v1/heartbeats/").json()["items"], [])
    graph = session.post(f"{ORIGIN}/graphql", json={"query": "{ me }"})
    same("the session opens the GraphQL API", graph.json()["data"], {"me": "alice"})
    raises("the code again", OAuthError, "invalid_grant", redeem)
    same("ends its tokens", rest(token["access_token"]).status_code, 401)

    session = client()
    location, state, verifier = sign_in(session)
    redeem = lambda verifier: session.fetch_token(
        TOKEN, authorization_response=location, state=state, code_verifier=verifier
    )
    raises("a wrong verifier", OAuthError, "invalid_grant", lambda: redeem(secrets.token_urlsafe(48)))
    raises("spends the code", OAuthError, "invalid_grant", lambda: redeem(verifier))
    denied, state, _ = sign_in(client(), user="bob", step="deny")
    answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(denied).query))
    same("who denies", (answer.get("error"), answer.get("state")), ("access_denied", state))


def each_scope_its_api():
    graph = tokens(client("api"))["access_token"]
    same("`api` opens the GraphQL API", graphql(graph).status_code, 200)
    refused = rest(graph)
    same("`api` does not open the REST API", refused.status_code, 403)
    check("and is told what would", 'scope="api:v1"' in refused.headers["www-authenticate"], refused.headers)
    v1 = tokens(client("api:v1"))["access_token"]
    same("`api:v1` opens the REST API", rest(v1).status_code, 200)
    refused = graphql(v1)
    same("`api:v1` does not open the GraphQL API", refused.status_code, 403)
    check("and is told what would, too", 'scope="api"' in refused.headers["www-authenticate"], refused.headers)


def refreshing():
    session = client()
    first = tokens(session)
    second = dict(session.refresh_token(TOKEN, first["refresh_token"]))
    check("another access token", second["access_token"] != first["access_token"])
    check("another refresh token", second["refresh_token"] != first["refresh_token"])
    same("the new one is good", rest(second["access_token"]).status_code, 200)
    same("the old one is dead", rest(first["access_token"]).status_code, 401)
    refresh = lambda token: lambda: session.refresh_token(TOKEN, token["refresh_token"])
    raises("the used refresh token", OAuthError, "invalid_grant", refresh(first))
    same("ends the new pair: access", rest(second["access_token"]).status_code, 401)
    raises("ends the new pair: refresh", OAuthError, "invalid_grant", refresh(second))
    narrow = client("api")
    token = tokens(narrow)
    wider = lambda: narrow.refresh_token(TOKEN, token["refresh_token"], scope="api api:v1")
    raises("a wider scope", OAuthError, "invalid_scope", wider)


def introspection_and_revocation():
    token = tokens(client(), user="bob")
    found = introspect(token["access_token"])
    same("it is active, and of the person", (found["active"], found["sub"]), (True, "bob"))
    revoke = lambda token: client().revoke_token(metadata["revocation_endpoint"], token=token).status_code
    same("revoked", revoke(token["access_token"]), 200)
    same("revoked: inactive", introspect(token["access_token"]), {"active": False})
    same("revoked: refused at once", rest(token["access_token"]).status_code, 401)
    session = client()
    token = tokens(session)
    same("a refresh token, revoked", revoke(token["refresh_token"]), 200)
    raises("is dead", OAuthError, "invalid_grant", lambda: session.refresh_token(TOKEN, token["refresh_token"]))
    same("takes its access token along", rest(token["access_token"]).status_code, 401)
    same("an unknown token is revoked, too", revoke("unknown"), 200)


for step, name, part in [
    (1, "an application", an_application),
    (4, "the whole code flow, and both APIs", the_code_flow),
    (6, "each scope opens its API", each_scope_its_api),
    (12, "refresh", refreshing),
    (16, "introspection and revocation", introspection_and_revocation),
]:
    checks.prove(f"authlib: {name}", part, "opsduty", step)
checks.finish()
