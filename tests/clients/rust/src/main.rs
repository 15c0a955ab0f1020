//! The crate oauth2 against the issuer at the address in the first argument; see run.sh.

mod checks;

use std::borrow::Cow;
use std::process::ExitCode;

use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::reqwest::blocking::Client as Http;
use oauth2::url::Url;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    IntrospectionUrl, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RevocationErrorResponseType, RevocationUrl, Scope, StandardRevocableToken, TokenIntrospectionResponse,
    TokenResponse, TokenUrl,
};

use checks::{Checks, Failure, api, beneath_tls, consent, http, parameter};

const MACHINE: (&str, &str) = ("m2m", "m2m-secret-0123456789abcdef");
const WEB: (&str, &str) = ("web", "web-secret-0123456789abcdef");
const WRONG: &str = "wrong-secret-0123456789";
const REDIRECT: &str = "https://client.example/cb";

/// A port of which the issuer has never heard (RFC 8252 §7.3).
const LOOPBACK: &str = "http://127.0.0.1:53682/cb";

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;

fn main() -> ExitCode {
    let Some(address) = std::env::args().nth(1) else {
        println!("say where the issuer is");
        return ExitCode::FAILURE;
    };
    let http = match http() {
        Ok(http) => http,
        Err(error) => {
            println!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let issuer = Issuer { address, http };
    let mut checks = Checks::default();
    for (name, auth) in [("basic", AuthType::BasicAuth), ("post", AuthType::RequestBody)] {
        checks.step(name, |checks| client_credentials(checks, &issuer, name, &auth));
        checks.step(name, |checks| authorization_code(checks, &issuer, name, &auth));
        checks.step(name, |checks| refresh(checks, &issuer, name, &auth));
        checks.step(name, |checks| introspection_and_revocation(checks, &issuer, name, &auth));
    }
    checks.step("public", |checks| public_client(checks, &issuer));
    if checks.end() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Issuer {
    address: String,
    http: Http,
}

impl Issuer {
    fn client(&self, id: &str, auth: AuthType) -> Result<Client, Failure> {
        let at = |path: &str| format!("{}/oauth2/{path}", self.address);
        Ok(BasicClient::new(ClientId::new(id.into()))
            .set_auth_type(auth)
            .set_auth_uri(AuthUrl::new(at("authorize"))?)
            .set_token_uri(TokenUrl::new(at("token"))?)
            .set_introspection_url(IntrospectionUrl::new(at("introspect"))?)
            .set_revocation_url(RevocationUrl::new(at("revoke").replacen("http:", "https:", 1))?))
    }

    fn confidential(&self, (id, secret): (&str, &str), auth: &AuthType) -> Result<Client, Failure> {
        Ok(self.client(id, auth.clone())?.set_client_secret(ClientSecret::new(secret.into())))
    }

    fn web(&self, auth: &AuthType) -> Result<Client, Failure> {
        Ok(self.confidential(WEB, auth)?.set_redirect_uri(RedirectUrl::new(REDIRECT.into())?))
    }

    fn spa(&self) -> Result<Client, Failure> {
        Ok(self.client("spa", AuthType::RequestBody)?.set_redirect_uri(RedirectUrl::new(LOOPBACK.into())?))
    }

    /// Returns where the browser is sent, the state of the request, and the verifier.
    fn sign_in(
        &self,
        client: &Client,
        scopes: &[&str],
    ) -> Result<(Url, CsrfToken, PkceCodeVerifier), Failure> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes.iter().map(|scope| Scope::new((*scope).into())))
            .set_pkce_challenge(challenge)
            .url();
        Ok((consent(&self.http, url)?, state, verifier))
    }

    fn tokens(&self, client: &Client, scopes: &[&str]) -> Result<BasicTokenResponse, Failure> {
        let (location, _, verifier) = self.sign_in(client, scopes)?;
        Ok(client.exchange_code(code(&location)).set_pkce_verifier(verifier).request(&self.http)?)
    }

    fn opens(&self, path: &str, token: &BasicTokenResponse) -> Result<u16, Failure> {
        api(&self.http, &format!("{}{path}", self.address), token.access_token().secret())
    }

    fn is_active(&self, token: &BasicTokenResponse) -> Result<bool, Failure> {
        let client = self.web(&AuthType::BasicAuth)?;
        Ok(client.introspect(token.access_token()).request(&self.http)?.active())
    }
}

fn client_credentials(
    checks: &mut Checks,
    issuer: &Issuer,
    name: &str,
    auth: &AuthType,
) -> Result<(), Failure> {
    let Issuer { http, .. } = issuer;
    let client = issuer.confidential(MACHINE, auth)?;
    let token = client.exchange_client_credentials().request(http)?;
    checks.same(&format!("{name}: the type is Bearer"), token.token_type().as_ref(), "bearer");
    checks.holds(
        &format!("{name}: it says for how long"),
        token.expires_in().is_some_and(|time| !time.is_zero()),
    );
    checks.holds(&format!("{name}: no refresh token"), token.refresh_token().is_none());
    checks.same(&format!("{name}: it opens /alpha"), issuer.opens("/alpha", &token)?, 200);
    let ask =
        |scope: &str| client.exchange_client_credentials().add_scope(Scope::new(scope.into())).request(http);
    checks.same(&format!("{name}: a narrower scope does not"), issuer.opens("/alpha", &ask("beta")?)?, 403);
    checks.refused(&format!("{name}: unknown scope"), ask("gamma"), BasicErrorResponseType::InvalidScope);
    checks.refused(&format!("{name}: another's scope"), ask("api"), BasicErrorResponseType::InvalidScope);

    for (what, wrong) in [("wrong secret", (MACHINE.0, WRONG)), ("unknown client", ("nobody", WRONG))] {
        let found = issuer.confidential(wrong, auth)?.exchange_client_credentials().request(http);
        checks.refused(&format!("{name}: {what}"), found, BasicErrorResponseType::InvalidClient);
    }
    let found = issuer.web(auth)?.exchange_client_credentials().request(http);
    let expected = BasicErrorResponseType::UnauthorizedClient;
    checks.refused(&format!("{name}: a grant that the client may not use"), found, expected);
    Ok(())
}

fn authorization_code(
    checks: &mut Checks,
    issuer: &Issuer,
    name: &str,
    auth: &AuthType,
) -> Result<(), Failure> {
    let Issuer { http, address } = issuer;
    let client = issuer.web(auth)?;
    let (location, state, verifier) = issuer.sign_in(&client, &["alpha", "beta"])?;
    checks.holds(&format!("{name}: the code goes where it should"), location.as_str().starts_with(REDIRECT));
    checks.same(&format!("{name}: the answer names the issuer"), &parameter(&location, "iss"), address);
    checks.same(&format!("{name}: and the state"), &parameter(&location, "state"), state.secret());
    let again = PkceCodeVerifier::new(verifier.secret().clone());
    let token = client.exchange_code(code(&location)).set_pkce_verifier(verifier).request(http)?;
    checks.same(&format!("{name}: it opens /alpha"), issuer.opens("/alpha", &token)?, 200);
    let found = client.exchange_code(code(&location)).set_pkce_verifier(again).request(http);
    checks.refused(&format!("{name}: the code again"), found, BasicErrorResponseType::InvalidGrant);
    checks.holds(&format!("{name}: then its access token is dead"), !issuer.is_active(&token)?);
    let found = client.exchange_refresh_token(refresh_token(&token)?).request(http);
    checks.refused(&format!("{name}: and its refresh token"), found, BasicErrorResponseType::InvalidGrant);

    let (location, _, _) = issuer.sign_in(&client, &["alpha"])?;
    let (_, other) = PkceCodeChallenge::new_random_sha256();
    let found = client.exchange_code(code(&location)).set_pkce_verifier(other).request(http);
    checks.refused(&format!("{name}: another verifier"), found, BasicErrorResponseType::InvalidGrant);
    let (location, _, verifier) = issuer.sign_in(&client, &["alpha"])?;
    let elsewhere = Cow::Owned(RedirectUrl::new(format!("{REDIRECT}/other"))?);
    let request =
        client.exchange_code(code(&location)).set_pkce_verifier(verifier).set_redirect_uri(elsewhere);
    let expected = BasicErrorResponseType::InvalidGrant;
    checks.refused(&format!("{name}: another redirect address"), request.request(http), expected);
    let (location, state, _) = issuer.sign_in(&client, &["gamma"])?;
    let found = ["error", "state", "iss"].map(|name| parameter(&location, name));
    let expected = ["invalid_scope".into(), state.secret().clone(), address.clone()];
    checks.same(&format!("{name}: an unknown scope is told by redirect"), found, expected);
    Ok(())
}

fn refresh(checks: &mut Checks, issuer: &Issuer, name: &str, auth: &AuthType) -> Result<(), Failure> {
    let Issuer { http, .. } = issuer;
    let client = issuer.web(auth)?;
    let first = issuer.tokens(&client, &["alpha", "beta"])?;
    let ask = |token: &RefreshToken, scopes: &[&str]| {
        let scopes = scopes.iter().map(|scope| Scope::new((*scope).into()));
        client.exchange_refresh_token(token).add_scopes(scopes).request(http)
    };
    let second = ask(refresh_token(&first)?, &[])?;
    checks.holds(
        &format!("{name}: other tokens"),
        first.access_token().secret() != second.access_token().secret()
            && refresh_token(&first)?.secret() != refresh_token(&second)?.secret(),
    );
    checks.same(&format!("{name}: they open /alpha"), issuer.opens("/alpha", &second)?, 200);
    let third = ask(refresh_token(&second)?, &["beta"])?;
    checks.same(&format!("{name}: a narrower scope does not"), issuer.opens("/alpha", &third)?, 403);
    let found = ask(refresh_token(&third)?, &["alpha", "beta", "api"]);
    checks.refused(&format!("{name}: a wider scope"), found, BasicErrorResponseType::InvalidScope);
    let found = issuer.spa()?.exchange_refresh_token(refresh_token(&third)?).request(http);
    checks.refused(&format!("{name}: by another client"), found, BasicErrorResponseType::InvalidGrant);
    let found = ask(refresh_token(&first)?, &[]);
    checks.refused(&format!("{name}: a used refresh token"), found, BasicErrorResponseType::InvalidGrant);
    let found = ask(refresh_token(&third)?, &[]);
    checks.refused(
        &format!("{name}: that ends the newest, too"),
        found,
        BasicErrorResponseType::InvalidGrant,
    );
    checks.holds(&format!("{name}: and the access token"), !issuer.is_active(&third)?);
    Ok(())
}

fn introspection_and_revocation(
    checks: &mut Checks,
    issuer: &Issuer,
    name: &str,
    auth: &AuthType,
) -> Result<(), Failure> {
    let Issuer { http, address } = issuer;
    let client = issuer.web(auth)?;
    let token = issuer.tokens(&client, &["alpha"])?;
    let found = client.introspect(token.access_token()).request(http)?;
    checks.holds(&format!("{name}: introspection: active"), found.active());
    let seen = (found.client_id().map(|id| id.as_str()), found.sub(), found.iss());
    let expected = (Some("web"), Some("user-1"), Some(address.as_str()));
    checks.same(&format!("{name}: introspection: client, subject, issuer"), seen, expected);
    let scopes = found.scopes().map(|scopes| scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>());
    checks.same(&format!("{name}: introspection: scopes"), scopes, Some(vec!["alpha"]));
    checks.holds(&format!("{name}: introspection: it ends"), found.exp() > found.iat());

    let revoke = |token: StandardRevocableToken| -> Result<(), Failure> {
        Ok(client.revoke_token(token)?.request(&|request| beneath_tls(http, request))?)
    };
    revoke(RefreshToken::new("unknown".into()).into())?;
    checks.holds(&format!("{name}: revocation of an unknown token"), true);
    revoke(token.access_token().clone().into())?;
    checks.holds(&format!("{name}: a revoked access token is dead"), !issuer.is_active(&token)?);
    checks.same(&format!("{name}: for the API, too"), issuer.opens("/alpha", &token)?, 401);
    let next = client.exchange_refresh_token(refresh_token(&token)?).request(http)?;
    revoke(refresh_token(&next)?.clone().into())?;
    let found = client.exchange_refresh_token(refresh_token(&next)?).request(http);
    checks.refused(&format!("{name}: a revoked refresh token"), found, BasicErrorResponseType::InvalidGrant);
    checks.holds(&format!("{name}: and its access token"), !issuer.is_active(&next)?);

    let stranger = issuer.confidential((WEB.0, WRONG), auth)?;
    let found = stranger
        .revoke_token(next.access_token().clone().into())?
        .request(&|request| beneath_tls(http, request));
    let expected = RevocationErrorResponseType::Basic(BasicErrorResponseType::InvalidClient);
    checks.not_revoked(&format!("{name}: revocation with a wrong secret"), found, expected);
    let found = stranger.introspect(next.access_token()).request(http);
    checks.refused(&format!("{name}: introspection with it"), found, BasicErrorResponseType::InvalidClient);
    Ok(())
}

fn public_client(checks: &mut Checks, issuer: &Issuer) -> Result<(), Failure> {
    let Issuer { http, address } = issuer;
    let client = issuer.spa()?;
    let (location, _, verifier) = issuer.sign_in(&client, &["alpha"])?;
    checks.holds(
        "public: the code goes to the port that was asked for",
        location.as_str().starts_with(LOOPBACK),
    );
    checks.same("public: the answer names the issuer", &parameter(&location, "iss"), address);
    let first = client.exchange_code(code(&location)).set_pkce_verifier(verifier).request(http)?;
    checks.same("public: it opens /alpha", issuer.opens("/alpha", &first)?, 200);
    let ask = |token: &BasicTokenResponse| -> Result<_, Failure> {
        Ok(client.exchange_refresh_token(refresh_token(token)?).request(http))
    };
    let second = ask(&first)??;
    checks.holds(
        "public: refresh rotates",
        refresh_token(&first)?.secret() != refresh_token(&second)?.secret(),
    );
    checks.refused("public: a used refresh token", ask(&first)?, BasicErrorResponseType::InvalidGrant);
    checks.refused("public: that ends the newest, too", ask(&second)?, BasicErrorResponseType::InvalidGrant);
    let third = issuer.tokens(&client, &["alpha"])?;
    client
        .revoke_token(refresh_token(&third)?.clone().into())?
        .request(&|request| beneath_tls(http, request))?;
    checks.refused("public: a revoked one", ask(&third)?, BasicErrorResponseType::InvalidGrant);
    Ok(())
}

fn code(location: &Url) -> AuthorizationCode {
    AuthorizationCode::new(parameter(location, "code"))
}

fn refresh_token(token: &BasicTokenResponse) -> Result<&RefreshToken, Failure> {
    token.refresh_token().ok_or_else(|| "no refresh token came".into())
}
