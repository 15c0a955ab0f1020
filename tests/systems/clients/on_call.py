"""What the programs in Python for examples/on-call have in common: a person with a browser, and her application by authlib."""
import html
import os
import re
import secrets
import urllib.parse

import requests
from authlib.integrations.requests_client import OAuth2Session

from checks import ORIGIN, SECONDS, call

CALLBACK = "http://localhost:9876/callback"


class Browser:
    """Keeps cookies, fills in forms, and says that they come from the page they are sent to."""

    def __init__(self):
        self.session = requests.Session()

    def ask(self, method, url, **more):
        headers = {} if method == "GET" else {"Sec-Fetch-Site": "same-origin"}
        return self.session.request(
            method, urllib.parse.urljoin(ORIGIN, url), headers=headers, allow_redirects=False, timeout=SECONDS, **more
        )

    def sign_in(self, url, user):
        return self.ask("POST", url, data={"step": "sign-in", "user": user, "password": os.environ[user.upper()]})

    def answer(self, url, user, step="allow"):
        """Goes where a client sends it, signs in when it is asked to, and answers. Returns where it is sent."""
        page = self.ask("GET", url)
        if 'name="password"' in page.text:
            page = self.ask("GET", self.sign_in(url, user).headers["location"])
        session = html.unescape(re.search('name="session" value="([^"]*)"', page.text).group(1))
        return self.ask("POST", url, data={"step": step, "session": session}).headers["location"]


metadata = call("GET", "/.well-known/oauth-authorization-server").json()
TOKEN, AUTHORIZE = metadata["token_endpoint"], metadata["authorization_endpoint"]
application = {}


def make_application(name):
    """Has alice make an application, which the sessions below are of. Returns the answers to her browser."""
    browser = Browser()
    signed_in = browser.sign_in("/app/sign-in", "alice")
    made = browser.ask("POST", "/app/oauth-applications", json={"name": name, "redirect_uris": [CALLBACK]})
    application.update(made.json())
    return signed_in, made


def client(scope=None, **more):
    """One of the application's sessions. Authlib sends id and secret by Basic, as they are."""
    settings = {"redirect_uri": CALLBACK, "code_challenge_method": "S256", "scope": scope}
    return OAuth2Session(application["client_id"], application["client_secret"], **settings, **more)


def sign_in(session, user="alice", step="allow"):
    """Returns the redirect with the code, and what it must fit."""
    verifier = secrets.token_urlsafe(48)
    url, state = session.create_authorization_url(AUTHORIZE, code_verifier=verifier)
    return Browser().answer(url, user, step), state, verifier


def tokens(session, **how):
    location, state, verifier = sign_in(session, **how)
    return dict(session.fetch_token(TOKEN, authorization_response=location, state=state, code_verifier=verifier))


def rest(token):
    return call("GET", "/api/v1/heartbeats/", token=token)


def graphql(token):
    return call("POST", "/graphql", token=token, json={"query": "{ me }"})


def introspect(token):
    return client().introspect_token(metadata["introspection_endpoint"], token=token).json()
