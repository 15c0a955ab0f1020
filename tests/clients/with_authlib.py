"""PyPI's authlib against the issuer at the address in the first argument; see run.sh."""
import secrets

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oauth2 import rfc8414, rfc9207
from authlib.oauth2.rfc6749.errors import MismatchingStateException
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

from checks import LOOPBACK, MACHINE, REDIRECT, SECONDS, SIGNER_KEY, WEB, Checks, Issuer, query, words

issuer = Issuer()
checks = Checks()
check, same, raises = checks.check, checks.same, checks.raises


def machine(method="client_secret_basic", secret=MACHINE[1], client=MACHINE[0]):
    return OAuth2Session(client, secret, token_endpoint_auth_method=method, default_timeout=SECONDS)


def signer(audience, **claims):
    key = ECKey.import_key(SIGNER_KEY)
    session = OAuth2Session("signer", key, token_endpoint_auth_method="private_key_jwt", default_timeout=SECONDS)
    session.register_client_auth_method(PrivateKeyJWT(audience, alg="ES256", claims=claims))
    return session


def web(scope="alpha beta", method="client_secret_basic"):
    return OAuth2Session(
        *WEB,
        token_endpoint_auth_method=method,
        scope=scope,
        redirect_uri=REDIRECT,
        code_challenge_method="S256",
        default_timeout=SECONDS,
    )


def spa():
    return OAuth2Session(
        "spa", scope="alpha", redirect_uri=LOOPBACK, code_challenge_method="S256", default_timeout=SECONDS
    )


def sign_in(session):
    """Returns the redirect with the code, its state, and the verifier."""
    verifier = secrets.token_urlsafe(48)
    url, state = session.create_authorization_url(issuer.authorize, code_verifier=verifier)
    return issuer.consent(url), state, verifier


def fetch(session):
    location, state, verifier = sign_in(session)
    return session.fetch_token(
        issuer.token, authorization_response=location, state=state, code_verifier=verifier
    )


def introspect(token):
    answer = web().introspect_token(issuer.introspect, token)
    answer.raise_for_status()
    return answer.json()


def metadata():
    documents = []
    for suffix in ("oauth-authorization-server", "openid-configuration"):
        url = rfc8414.get_well_known_url(issuer.address, external=True, suffix=suffix)
        found = rfc8414.AuthorizationServerMetadata(requests.get(url, timeout=SECONDS).json())
        # Raises for what RFC 8414 and RFC 9207 do not allow.
        found.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])
        same(f"metadata: {suffix} names the issuer", found["issuer"], issuer.address)
        documents.append(found)
    same("metadata: both documents say the same", documents[1], documents[0])
    same("metadata: PKCE is S256 only", documents[0]["code_challenge_methods_supported"], ["S256"])
    check("metadata: answers name the issuer", documents[0]["authorization_response_iss_parameter_supported"] is True)


def client_credentials():
    for method in ("client_secret_basic", "client_secret_post"):
        session = machine(method)
        token = session.fetch_token(issuer.token, grant_type="client_credentials")
        same(f"{method}: the type is Bearer", token["token_type"].lower(), "bearer")
        check(f"{method}: it says for how long", token["expires_in"] > 0, token.get("expires_in"))
        same(f"{method}: no refresh token", token.get("refresh_token"), None)
        same(f"{method}: the session's token opens /alpha", session.get(f"{issuer.address}/alpha").status_code, 200)
        token = session.fetch_token(issuer.token, grant_type="client_credentials", scope="beta")
        same(f"{method}: a narrower scope", words(token.get("scope", "beta")), {"beta"})
        same(f"{method}: that does not open /alpha", session.get(f"{issuer.address}/alpha").status_code, 403)


def private_key_jwt():
    for name, audience in (("the token endpoint", issuer.token), ("the issuer", issuer.address)):
        session = signer(audience)
        token = session.fetch_token(issuer.token, grant_type="client_credentials", scope="alpha")
        same(f"private_key_jwt for {name}", words(token.get("scope", "alpha")), {"alpha"})
        same(f"private_key_jwt for {name}: /alpha", session.get(f"{issuer.address}/alpha").status_code, 200)
    again = {"jti": secrets.token_urlsafe()}
    signer(issuer.address, **again).fetch_token(issuer.token, grant_type="client_credentials")
    ask = lambda session: lambda: session.fetch_token(issuer.token, grant_type="client_credentials")
    raises("an assertion with a used jti", OAuthError, "invalid_client", ask(signer(issuer.address, **again)))
    raises("an assertion for somebody else", OAuthError, "invalid_client", ask(signer("https://other.example")))
    raises("an assertion that has expired", OAuthError, "invalid_client", ask(signer(issuer.address, exp=1)))


def refusals():
    ask = lambda session, **more: lambda: session.fetch_token(issuer.token, grant_type="client_credentials", **more)
    for method in ("client_secret_basic", "client_secret_post"):
        raises(f"{method}: wrong secret", OAuthError, "invalid_client", ask(machine(method, "wrong-secret-0123456789")))
        raises(f"{method}: unknown client", OAuthError, "invalid_client", ask(machine(method, client="nobody")))
    raises("unknown scope", OAuthError, "invalid_scope", ask(machine(), scope="alpha gamma"))
    raises("a scope that the client may not have", OAuthError, "invalid_scope", ask(machine(), scope="api"))
    raises("a grant that the client may not use", OAuthError, "unauthorized_client", ask(web(scope="alpha")))
    unknown = lambda: machine().fetch_token(issuer.token, grant_type="password", username="a", password="b")
    raises("a grant that there is not", OAuthError, "unsupported_grant_type", unknown)


def authorization_code():
    for method in ("client_secret_basic", "client_secret_post"):
        session = web(method=method)
        location, state, verifier = sign_in(session)
        answer = query(location)
        check(f"{method}: the code goes where it should", location.startswith(f"{REDIRECT}?"), location)
        same(f"{method}: the answer names the issuer", answer.get("iss"), issuer.metadata["issuer"])
        same(f"{method}: the answer brings the state back", answer.get("state"), state)
        redeem = lambda **more: session.fetch_token(
            issuer.token, authorization_response=location, **({"state": state, "code_verifier": verifier} | more)
        )
        raises(f"{method}: another state", MismatchingStateException, None, lambda: redeem(state="other"))
        token = dict(redeem())
        same(f"{method}: the scopes", words(token.get("scope", "alpha beta")), {"alpha", "beta"})
        check(f"{method}: a refresh token", bool(token.get("refresh_token")), sorted(token))
        same(f"{method}: the session's token opens /alpha", session.get(f"{issuer.address}/alpha").status_code, 200)
        same(f"{method}: it speaks for the user", introspect(token["access_token"]).get("sub"), "user-1")
        raises(f"{method}: the code again", OAuthError, "invalid_grant", redeem)
        same(f"{method}: then its access token is dead", introspect(token["access_token"]), {"active": False})
        refresh = lambda: session.refresh_token(issuer.token, token["refresh_token"])
        raises(f"{method}: and its refresh token", OAuthError, "invalid_grant", refresh)

    session = web()
    location, state, _ = sign_in(session)
    other = lambda: session.fetch_token(
        issuer.token, authorization_response=location, state=state, code_verifier=secrets.token_urlsafe(48)
    )
    raises("another verifier", OAuthError, "invalid_grant", other)
    url, state = web(scope="gamma").create_authorization_url(issuer.authorize, code_verifier=secrets.token_urlsafe(48))
    answer = query(issuer.consent(url))
    found = [answer.get(name) for name in ("error", "state", "iss")]
    same("an unknown scope is told by redirect", found, ["invalid_scope", state, issuer.metadata["issuer"]])


def refresh():
    session = web()
    first = dict(fetch(session))
    second = dict(session.refresh_token(issuer.token))
    check("refresh: another access token", first["access_token"] != second["access_token"])
    check("refresh: another refresh token", second["refresh_token"] not in ("", first["refresh_token"]))
    same("refresh: the session's token opens /alpha", session.get(f"{issuer.address}/alpha").status_code, 200)
    third = dict(session.refresh_token(issuer.token, scope="beta"))
    same("refresh: a narrower scope", words(third.get("scope", "beta")), {"beta"})
    wider = lambda: session.refresh_token(issuer.token, third["refresh_token"], scope="alpha beta api")
    raises("refresh: a wider scope", OAuthError, "invalid_scope", wider)
    fourth = dict(session.refresh_token(issuer.token, third["refresh_token"], scope="alpha beta"))
    same("refresh: all that was consented to again", words(fourth.get("scope", "alpha beta")), {"alpha", "beta"})
    other = lambda: spa().refresh_token(issuer.token, fourth["refresh_token"])
    raises("refresh: by another client", OAuthError, "invalid_grant", other)
    raises("refresh: a used token", OAuthError, "invalid_grant", lambda: session.refresh_token(issuer.token, first["refresh_token"]))
    newest = lambda: session.refresh_token(issuer.token, fourth["refresh_token"])
    raises("refresh: that ends the newest, too", OAuthError, "invalid_grant", newest)
    same("refresh: and the access token", introspect(fourth["access_token"]), {"active": False})


def introspection_and_revocation():
    session = web()
    token = dict(fetch(session))
    found = introspect(token["access_token"])
    same("introspection: active", found.get("active"), True)
    same("introspection: client and subject", (found.get("client_id"), found.get("sub")), ("web", "user-1"))
    same("introspection: scopes", words(found.get("scope", "")), {"alpha", "beta"})
    same("introspection: issuer", found.get("iss"), issuer.metadata["issuer"])
    same("introspection: an unknown token", introspect("unknown"), {"active": False})

    revoke = lambda text, hint: session.revoke_token(issuer.revoke, text, token_type_hint=hint).status_code
    same("revocation: an unknown token", revoke("unknown", "refresh_token"), 200)
    same("revocation: an access token", revoke(token["access_token"], "access_token"), 200)
    same("revocation: it is dead", introspect(token["access_token"]), {"active": False})
    same("revocation: for the API, too", issuer.api("/alpha", token["access_token"]), 401)
    token = dict(session.refresh_token(issuer.token, token["refresh_token"]))
    same("revocation: a refresh token, with the wrong hint", revoke(token["refresh_token"], "access_token"), 200)
    refresh = lambda: session.refresh_token(issuer.token, token["refresh_token"])
    raises("revocation: it is dead", OAuthError, "invalid_grant", refresh)
    same("revocation: and its access token", introspect(token["access_token"]), {"active": False})


def public_client():
    session = spa()
    location, state, verifier = sign_in(session)
    check("public: the code goes to the port that was asked for", location.startswith(f"{LOOPBACK}?"), location)
    same("public: the answer names the issuer", query(location).get("iss"), issuer.metadata["issuer"])
    token = dict(session.fetch_token(
        issuer.token, authorization_response=location, state=state, code_verifier=verifier
    ))
    same("public: the session's token opens /alpha", session.get(f"{issuer.address}/alpha").status_code, 200)
    second = dict(session.refresh_token(issuer.token, token["refresh_token"]))
    check("public: refresh rotates", second["refresh_token"] != token["refresh_token"])
    again = lambda: session.refresh_token(issuer.token, token["refresh_token"])
    raises("public: a used refresh token", OAuthError, "invalid_grant", again)
    newest = lambda: session.refresh_token(issuer.token, second["refresh_token"])
    raises("public: that ends the newest, too", OAuthError, "invalid_grant", newest)
    third = dict(fetch(session))
    revoked = session.revoke_token(issuer.revoke, third["refresh_token"], token_type_hint="refresh_token")
    same("public: it revokes its refresh token", revoked.status_code, 200)
    dead = lambda: session.refresh_token(issuer.token, third["refresh_token"])
    raises("public: it is dead", OAuthError, "invalid_grant", dead)


checks.run([
    metadata,
    client_credentials,
    private_key_jwt,
    refusals,
    authorization_code,
    refresh,
    introspection_and_revocation,
    public_client,
])
