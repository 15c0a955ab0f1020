//! Access tokens as the providers document them, signed by the test issuer.

use std::error::Error as _;

use scopa::{Access, Algorithm, InvalidToken, ValidatorBuilder, provider};
use scopa_testing::TestIssuer;
use serde_json::{Value, json};

pub(crate) const API: &str = "https://api.example.com";
pub(crate) const TENANT: &str = "3f1c6c1e-8f0b-4c52-9a4e-6d2f5b7a9c10";
pub(crate) const API_GUID: &str = "7b0d4f9a-2c3e-4d5f-8a6b-1c2d3e4f5a6b";
pub(crate) const CLIENT_GUID: &str = "c0ffee00-1111-4222-8333-444455556666";
pub(crate) const PROJECT: &str = "163838103215538177";
pub(crate) const ORIGIN: &str = "https://app.example.com";

/// The time of the test issuer.
const NOW: u64 = 1_795_333_600;

/// A preset, and a token that it is for.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) preset: fn() -> ValidatorBuilder,
    pub(crate) token: Token,
}

/// A token that is not signed yet: exactly these claims, and this `typ`.
#[derive(Clone)]
pub(crate) struct Token {
    typ: Option<&'static str>,
    algorithm: Algorithm,
    claims: Value,
}

impl Token {
    fn new(typ: Option<&'static str>, claims: Value) -> Self {
        Self { typ, algorithm: Algorithm::RS256, claims }
    }

    pub(crate) fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims[claim] = value.into();
        self
    }

    pub(crate) fn without(mut self, claim: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(claim).expect("the claim is there");
        self
    }

    pub(crate) fn typ(self, typ: Option<&'static str>) -> Self {
        Self { typ, ..self }
    }

    pub(crate) fn algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    pub(crate) fn issuer(&self) -> &str {
        self.claims["iss"].as_str().unwrap()
    }

    pub(crate) fn bearer(&self) -> String {
        let token = TestIssuer::new().token().algorithm(self.algorithm).raw_claims(self.claims.to_string());
        match self.typ {
            None => token.without_header("typ").bearer(),
            Some(typ) => token.header("typ", typ).bearer(),
        }
    }
}

/// Shows a token to a preset that has the issuer's keys.
pub(crate) fn present(preset: ValidatorBuilder, token: &Token) -> Result<Access, InvalidToken> {
    let issuer = TestIssuer::new();
    let validator = preset.keys(issuer.keys()).clock(issuer.clock()).build().unwrap();
    let outcome = validator.authenticate([token.bearer().as_bytes()]).now_or_later().unwrap();
    outcome.map_err(|refusal| refusal.source().unwrap().downcast_ref::<InvalidToken>().unwrap().clone())
}

/// Returns the case of this name.
pub(crate) fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case `{name}`"))
}

/// Returns all presets, each with the tokens that its provider documents.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name, preset, typ, mut claims: Value| {
        claims["iat"] = NOW.into();
        claims["exp"] = (NOW + 3600).into();
        cases.push(Case { name, preset, token: Token::new(typ, claims) });
    };
    const JWT: Option<&str> = Some("JWT");

    // Shapes from the providers' documentation.
    case(
        "auth0",
        || provider::auth0("acme.eu.auth0.com", API),
        JWT,
        json!({
            "iss": "https://acme.eu.auth0.com/", "sub": "auth0|65a1", "azp": "web-1",
            "aud": [API, "https://acme.eu.auth0.com/userinfo"],
            "scope": "openid crashes:read", "permissions": ["purge"],
        }),
    );
    case(
        "auth0, RFC 9068 profile",
        || provider::auth0("acme.eu.auth0.com", API).rfc9068(),
        Some("at+jwt"),
        json!({
            "iss": "https://acme.eu.auth0.com/", "sub": "m2m-1@clients", "client_id": "m2m-1", "aud": API,
            "jti": "a1", "scope": "crashes:read",
        }),
    );
    case(
        "keycloak",
        || provider::keycloak("id.example.com", "crashes", "crash-api"),
        JWT,
        json!({
            "iss": "https://id.example.com/realms/crashes", "sub": "f3b1", "typ": "Bearer", "azp": "web",
            "aud": ["crash-api", "account"], "jti": "onrtac:1", "scope": "openid crashes:read",
            "realm_access": {"roles": ["offline_access", "auditor"]},
            "resource_access": {"crash-api": {"roles": ["purger"]}},
        }),
    );
    case(
        "keycloak, header of 26.2",
        || {
            let preset = provider::keycloak("id.example.com", "crashes", "crash-api");
            preset.permission_claim(["resource_access", "crash-api", "roles"])
        },
        Some("at+jwt"),
        json!({
            "iss": "https://id.example.com/realms/crashes", "sub": "f3b1", "typ": "Bearer", "azp": "web",
            "aud": "crash-api", "scope": "", "resource_access": {"crash-api": {"roles": ["purger"]}},
        }),
    );
    case(
        "entra",
        || provider::entra(TENANT, API_GUID),
        JWT,
        json!({
            "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": API_GUID, "nbf": NOW,
            "azp": CLIENT_GUID, "azpacr": "1", "oid": "o1", "sub": "pairwise", "tid": TENANT, "uti": "u1",
            "ver": "2.0", "scp": "Crashes.Read Crashes.Write",
        }),
    );
    case(
        "entra, application",
        || provider::entra(TENANT, API_GUID),
        JWT,
        json!({
            "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": API_GUID,
            "azp": CLIENT_GUID, "oid": "o1", "sub": "o1", "tid": TENANT, "ver": "2.0", "roles": ["Crashes.Purge"],
        }),
    );
    case(
        "entra_v1",
        || provider::entra_v1(TENANT, "api://crash-api").audience(API_GUID),
        JWT,
        json!({
            "iss": format!("https://sts.windows.net/{TENANT}/"), "aud": "api://crash-api", "appid": CLIENT_GUID,
            "appidacr": "1", "oid": "o1", "sub": "pairwise", "tid": TENANT, "ver": "1.0", "scp": "Crashes.Read",
        }),
    );
    case(
        "okta",
        || provider::okta("acme.okta.com", "default", "api://default"),
        None,
        json!({
            "iss": "https://acme.okta.com/oauth2/default", "aud": "api://default", "ver": 1, "jti": "AT.1",
            "cid": "0oa1", "uid": "00u1", "sub": "ann@example.com", "scp": ["crashes:read", "offline_access"],
        }),
    );
    case(
        "cognito",
        || provider::cognito("eu-west-1", "eu-west-1_AbCdEf123", ["web-1", "cron-1"]),
        None,
        json!({
            "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123", "sub": "5a8e",
            "client_id": "web-1", "username": "ann", "token_use": "access", "version": 2, "jti": "c1",
            "scope": "openid crashes/read", "cognito:groups": ["eu-west-1_AbCdEf123_Google", "auditors"],
        }),
    );
    case(
        "cognito, client credentials",
        || provider::cognito("eu-west-1", "eu-west-1_AbCdEf123", ["web-1", "cron-1"]),
        None,
        json!({
            "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123", "sub": "cron-1",
            "client_id": "cron-1", "token_use": "access", "version": 2, "jti": "c1", "scope": "crashes/read",
        }),
    );
    case(
        "google",
        || provider::google("https://crashes.example.com"),
        JWT,
        json!({
            "iss": "https://accounts.google.com", "aud": "https://crashes.example.com", "azp": "1098",
            "sub": "1098", "email": "cron@acme.iam.gserviceaccount.com", "email_verified": true,
        }),
    );
    case(
        "google, signed-in user",
        || provider::google("1234.apps.googleusercontent.com"),
        JWT,
        json!({
            "iss": "https://accounts.google.com", "aud": "1234.apps.googleusercontent.com",
            "azp": "1234.apps.googleusercontent.com", "sub": "2040", "nonce": "n1", "at_hash": "h1",
        }),
    );
    case(
        "firebase",
        || provider::firebase("acme-crashes").permission_claim("roles"),
        JWT,
        json!({
            "iss": "https://securetoken.google.com/acme-crashes", "aud": "acme-crashes", "sub": "u1",
            "user_id": "u1", "auth_time": NOW, "firebase": {"sign_in_provider": "password"}, "roles": ["auditor"],
        }),
    );
    case(
        "zitadel",
        || provider::zitadel("acme.zitadel.cloud", PROJECT),
        None,
        json!({
            "iss": "https://acme.zitadel.cloud", "sub": "u1", "client_id": "crashes-web", "jti": "z1",
            "aud": ["163838103215538999", PROJECT], "nbf": NOW,
            "urn:zitadel:iam:org:project:roles": {"of the client's project": {"1": "acme.example"}},
            format!("urn:zitadel:iam:org:project:{PROJECT}:roles"): {
                "auditor": {"1": "acme.example"}, "editor": {"1": "acme.example", "2": "zoo.example"},
            },
        }),
    );
    case(
        "authentik",
        || provider::authentik("id.example.com", "crashes", "crash-api").permission_claim("groups"),
        JWT,
        json!({
            "iss": "https://id.example.com/application/o/crashes/", "sub": "9f", "aud": "crash-api",
            "auth_time": NOW, "acr": "goauthentik.io/providers/oauth2/default", "nonce": "n1", "sid": "s1",
            "email": "ann@example.com", "groups": ["auditors"], "azp": "crash-api", "uid": "r1",
        }),
    );
    case(
        "ory",
        || provider::ory("https://acme.projects.oryapis.com", API),
        JWT,
        json!({
            "iss": "https://acme.projects.oryapis.com", "aud": [API], "client_id": "web", "sub": "u1", "jti": "o1",
            "nbf": NOW, "ext": {}, "scp": ["crashes:read", "offline"],
        }),
    );
    case(
        "ory, scope strategy string",
        || provider::ory("https://hydra.example.com/", API).scope_claim("scope"),
        JWT,
        json!({
            "iss": "https://hydra.example.com/", "aud": [API], "client_id": "web", "sub": "u1",
            "scope": "crashes:read offline",
        }),
    );
    case(
        "kinde",
        || provider::kinde("acme.kinde.com", API),
        JWT,
        json!({
            "iss": "https://acme.kinde.com", "aud": [API], "azp": "d4d3", "sub": "kp_1", "jti": "k1",
            "scp": ["openid", "crashes:read"], "permissions": ["purge"], "org_code": "org_1",
            "feature_flags": {},
        }),
    );
    case(
        "clerk",
        || provider::clerk("clerk.example.com", [ORIGIN, "http://localhost:3000"]),
        JWT,
        json!({
            "iss": "https://clerk.example.com", "azp": ORIGIN, "sub": "user_1", "sid": "sess_1", "nbf": NOW - 10,
            "fva": [7, -1], "v": 2, "o": {"id": "org_1", "rol": "admin", "per": "read,manage", "fpm": "3"},
            "fea": "o:crashes",
        }),
    );
    case(
        "supabase",
        || provider::supabase("abcdefghijklmnopqrst").permission_claim("app_metadata.roles"),
        JWT,
        json!({
            "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1", "aud": "authenticated", "sub": "u1",
            "role": "authenticated", "aal": "aal1", "session_id": "s1", "email": "ann@example.com",
            "app_metadata": {"provider": "email", "roles": ["auditor"]}, "user_metadata": {"roles": ["admin"]},
            "is_anonymous": false,
        }),
    );
    cases
}
