"""PyPI's requests-oauthlib against the issuer at the address in the first argument; see run.sh."""
from oauthlib.oauth2 import BackendApplicationClient, WebApplicationClient
from oauthlib.oauth2.rfc6749 import errors
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from checks import LOOPBACK, MACHINE, REDIRECT, SECONDS, WEB, Checks, Issuer, query

issuer = Issuer()
checks = Checks()
check, same, raises = checks.check, checks.same, checks.raises

BASIC = HTTPBasicAuth(*WEB)


def ask(scope=None, secret=MACHINE[1], client=MACHINE[0], post=False):
    """Asks for a token by client credentials. Returns the session."""
    session = OAuth2Session(client=BackendApplicationClient(client, scope=scope))
    if post:
        how = {"client_secret": secret, "include_client_id": True}
    else:
        how = {"auth": HTTPBasicAuth(client, secret)}
    session.fetch_token(issuer.token, timeout=SECONDS, **how)
    return session


def web(scope="alpha beta"):
    return OAuth2Session(WEB[0], redirect_uri=REDIRECT, scope=scope, pkce="S256")


def sign_in(session):
    """Returns the redirect with the code, and its state."""
    url, state = session.authorization_url(issuer.authorize)
    return issuer.consent(url), state


def fetch(session, **how):
    location, _ = sign_in(session)
    return dict(session.fetch_token(issuer.token, authorization_response=location, timeout=SECONDS, **how))


def post(session, request, auth=BASIC):
    """Sends what oauthlib has prepared."""
    url, headers, body = request
    answer = session.post(url, data=body, headers=headers, auth=auth, withhold_token=True, timeout=SECONDS)
    answer.raise_for_status()
    return answer


def revoke(session, token, hint, auth=BASIC, **more):
    client = WebApplicationClient(session.client_id)
    return post(session, client.prepare_token_revocation_request(issuer.revoke, token, hint, **more), auth)


def introspect(token):
    """oauthlib has nothing for RFC 7662 but a form and a session."""
    request = (issuer.introspect, {"Accept": "application/json"}, {"token": token})
    return post(web(), request).json()


def refresh(session, token, auth=BASIC, **more):
    return dict(session.refresh_token(issuer.token, token, auth=auth, timeout=SECONDS, **more))


def opens(session, path):
    return session.get(issuer.address + path, timeout=SECONDS).status_code


def client_credentials():
    for name, is_post in (("basic", False), ("post", True)):
        session = ask(post=is_post)
        same(f"{name}: the type is Bearer", session.token["token_type"].lower(), "bearer")
        check(f"{name}: it says for how long", session.token["expires_in"] > 0, session.token.get("expires_in"))
        same(f"{name}: no refresh token", session.token.get("refresh_token"), None)
        same(f"{name}: the session's token opens /alpha", opens(session, "/alpha"), 200)
        # Raises when the answer's scope is another than was asked for.
        session = ask(["beta"], post=is_post)
        same(f"{name}: a narrower scope does not open /alpha", opens(session, "/alpha"), 403)


def refusals():
    for name, is_post in (("basic", False), ("post", True)):
        wrong = lambda: ask(secret="wrong-secret-0123456789", post=is_post)
        raises(f"{name}: wrong secret", errors.InvalidClientError, "invalid_client", wrong)
        unknown = lambda: ask(client="nobody", post=is_post)
        raises(f"{name}: unknown client", errors.InvalidClientError, "invalid_client", unknown)
    raises("unknown scope", errors.InvalidScopeError, "invalid_scope", lambda: ask(["alpha", "gamma"]))
    beyond = lambda: ask(["api"])
    raises("a scope that the client may not have", errors.InvalidScopeError, "invalid_scope", beyond)
    grant = lambda: ask(client=WEB[0], secret=WEB[1])
    raises("a grant that the client may not use", errors.UnauthorizedClientError, "unauthorized_client", grant)


def authorization_code():
    for name, how in (("basic", {"auth": BASIC}), ("post", {"client_secret": WEB[1], "include_client_id": True})):
        session = web()
        location, state = sign_in(session)
        answer = query(location)
        check(f"{name}: the code goes where it should", location.startswith(f"{REDIRECT}?"), location)
        same(f"{name}: the answer names the issuer", answer.get("iss"), issuer.metadata["issuer"])
        same(f"{name}: the answer brings the state back", answer.get("state"), state)
        redeem = lambda: session.fetch_token(
            issuer.token, authorization_response=location, timeout=SECONDS, **how
        )
        token = dict(redeem())
        check(f"{name}: a refresh token", bool(token.get("refresh_token")), sorted(token))
        same(f"{name}: the session's token opens /alpha", opens(session, "/alpha"), 200)
        same(f"{name}: it speaks for the user", introspect(token["access_token"]).get("sub"), "user-1")
        raises(f"{name}: the code again", errors.InvalidGrantError, "invalid_grant", redeem)
        same(f"{name}: then its access token is dead", introspect(token["access_token"]), {"active": False})
        dead = lambda: refresh(session, token["refresh_token"])
        raises(f"{name}: and its refresh token", errors.InvalidGrantError, "invalid_grant", dead)

    session = web()
    location, _ = sign_in(session)
    session.authorization_url(issuer.authorize)  # makes another verifier
    mixed = lambda: session.fetch_token(issuer.token, code=query(location)["code"], auth=BASIC, timeout=SECONDS)
    raises("another verifier", errors.InvalidGrantError, "invalid_grant", mixed)
    session = web()
    location, _ = sign_in(session)
    session.new_state()
    stranger = lambda: session.fetch_token(issuer.token, authorization_response=location, auth=BASIC)
    raises("another state", errors.MismatchingStateError, "mismatching_state", stranger)
    session = web(scope="gamma")
    location, state = sign_in(session)
    found = [query(location).get(name) for name in ("error", "state", "iss")]
    same("an unknown scope is told by redirect", found, ["invalid_scope", state, issuer.metadata["issuer"]])
    raised = lambda: session.fetch_token(issuer.token, authorization_response=location, auth=BASIC)
    raises("and the library raises it", errors.InvalidScopeError, "invalid_scope", raised)


def rotation():
    session = web()
    first = fetch(session, auth=BASIC)
    second = refresh(session, None)
    check("refresh: another access token", first["access_token"] != second["access_token"])
    check("refresh: another refresh token", second["refresh_token"] not in ("", first["refresh_token"]))
    same("refresh: the session's token opens /alpha", opens(session, "/alpha"), 200)
    session.scope = ["beta"]
    third = refresh(session, None)
    same("refresh: a narrower scope does not open /alpha", opens(session, "/alpha"), 403)
    session.scope = ["alpha", "beta", "api"]
    wider = lambda: refresh(session, third["refresh_token"])
    raises("refresh: a wider scope", errors.InvalidScopeError, "invalid_scope", wider)
    session.scope = ["alpha", "beta"]
    fourth = refresh(session, third["refresh_token"])
    same("refresh: all that was consented to again opens /alpha", opens(session, "/alpha"), 200)
    used = lambda: refresh(session, first["refresh_token"])
    raises("refresh: a used token", errors.InvalidGrantError, "invalid_grant", used)
    newest = lambda: refresh(session, fourth["refresh_token"])
    raises("refresh: that ends the newest, too", errors.InvalidGrantError, "invalid_grant", newest)
    same("refresh: and the access token", introspect(fourth["access_token"]), {"active": False})


def introspection_and_revocation():
    session = web()
    token = fetch(session, auth=BASIC)
    found = introspect(token["access_token"])
    names = ("active", "client_id", "sub", "iss")
    expected = [True, "web", "user-1", issuer.metadata["issuer"]]
    same("introspection of an access token", [found.get(name) for name in names], expected)
    same("introspection of an unknown token", introspect("unknown"), {"active": False})
    same("revocation of an unknown token", revoke(session, "unknown", "refresh_token").status_code, 200)
    same("revocation of an access token", revoke(session, token["access_token"], "access_token").status_code, 200)
    same("it is dead", introspect(token["access_token"]), {"active": False})
    same("for the API, too", opens(session, "/alpha"), 401)
    token = refresh(session, token["refresh_token"])
    same("revocation of a refresh token", revoke(session, token["refresh_token"], "refresh_token").status_code, 200)
    dead = lambda: refresh(session, token["refresh_token"])
    raises("it is dead", errors.InvalidGrantError, "invalid_grant", dead)
    same("and its access token", introspect(token["access_token"]), {"active": False})


def public_client():
    session = OAuth2Session("spa", redirect_uri=LOOPBACK, scope="alpha", pkce="S256")
    location, _ = sign_in(session)
    check("public: the code goes to the port that was asked for", location.startswith(f"{LOOPBACK}?"), location)
    token = dict(session.fetch_token(
        issuer.token, authorization_response=location, include_client_id=True, timeout=SECONDS
    ))
    same("public: the session's token opens /alpha", opens(session, "/alpha"), 200)
    again = lambda text: refresh(session, text, auth=None, client_id="spa")
    second = again(token["refresh_token"])
    check("public: refresh rotates", second["refresh_token"] != token["refresh_token"])
    used = lambda: again(token["refresh_token"])
    raises("public: a used refresh token", errors.InvalidGrantError, "invalid_grant", used)
    newest = lambda: again(second["refresh_token"])
    raises("public: that ends the newest, too", errors.InvalidGrantError, "invalid_grant", newest)
    # Unless it is told otherwise, the library writes Basic with an empty secret.
    third = fetch(session)
    answer = revoke(session, third["refresh_token"], "refresh_token", auth=None, client_id="spa")
    same("public: it revokes its refresh token", answer.status_code, 200)
    raises("public: it is dead", errors.InvalidGrantError, "invalid_grant", lambda: again(third["refresh_token"]))


checks.run([
    client_credentials,
    refusals,
    authorization_code,
    rotation,
    introspection_and_revocation,
    public_client,
])
