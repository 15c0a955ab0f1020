//! What the issuer says of itself (RFC 8414), and whether it is so.

use std::collections::BTreeSet;

use scopa_tests::{M2M_SECRET, WEB_SECRET};
use serde_json::Value;

use crate::client::{Request, encoded, get};
use crate::desk::{
    ASKED, AUDIENCE, AUTHORIZE, By, Desk, IDENTIFIER, INTROSPECT, M2M, REVOKE, SPA, TOKEN, at_each, exchange,
    request, with,
};

#[test]
fn the_metadata_is_what_is_enforced() {
    at_each(|desk| {
        let said = document(desk, "/.well-known/oauth-authorization-server");
        assert_eq!(said, document(desk, "/.well-known/openid-configuration"), "{}", desk.server);
        assert_eq!(said["issuer"], IDENTIFIER);
        for (member, path) in [
            ("token_endpoint", TOKEN),
            ("authorization_endpoint", AUTHORIZE),
            ("introspection_endpoint", INTROSPECT),
            ("revocation_endpoint", REVOKE),
            ("jwks_uri", "/oauth2/jwks"),
        ] {
            assert_eq!(said[member], format!("{IDENTIFIER}{path}"), "{}: {member}", desk.server);
        }

        let offered = words(&said["grant_types_supported"]);
        for grant in ["client_credentials", "authorization_code", "refresh_token", "password", "implicit"] {
            let answer = desk.token(&[("grant_type", grant)], M2M);
            let is_known = answer.text("error").as_deref() != Some("unsupported_grant_type");
            assert_eq!(offered.contains(grant), is_known, "{}: {grant}: {answer:?}", desk.server);
        }
        let offered = words(&said["response_types_supported"]);
        for kind in ["code", "token", "id_token", "code token"] {
            let answer = desk.authorize(&with(&ASKED, &[("response_type", kind)]));
            assert_eq!(offered.contains(kind), answer.parameter("code").is_some(), "{}: {kind}", desk.server);
        }
        let offered = words(&said["code_challenge_methods_supported"]);
        for method in ["S256", "plain"] {
            let answer = desk.authorize(&with(&ASKED, &[("code_challenge_method", method)]));
            assert_eq!(
                offered.contains(method),
                answer.parameter("code").is_some(),
                "{}: {method}",
                desk.server
            );
        }
        let offered = words(&said["token_endpoint_auth_methods_supported"]);
        for (method, by) in [
            ("client_secret_basic", By::Basic("web", WEB_SECRET)),
            ("client_secret_post", By::Post("web", WEB_SECRET)),
        ] {
            let code = desk.code("alpha");
            let is_taken = desk.token(&exchange(&code), by).status == 200;
            assert_eq!(offered.contains(method), is_taken, "{}: {method}", desk.server);
        }
        let asked = with(&ASKED, &[("client_id", "spa"), ("redirect_uri", "http://127.0.0.1/cb")]);
        let code = desk.authorize(&asked).parameter("code").unwrap();
        let form = with(&exchange(&code), &[("redirect_uri", "http://127.0.0.1/cb")]);
        assert_eq!(offered.contains("none"), desk.token(&form, SPA).status == 200, "{}", desk.server);

        for endpoint in ["token", "introspection", "revocation"] {
            // RFC 8414 §2: wherever `private_key_jwt` is said, so are its algorithms.
            let methods = words(&said[format!("{endpoint}_endpoint_auth_methods_supported")]);
            assert!(methods.contains("private_key_jwt"), "{endpoint}: {methods:?}");
            let algorithms = words(&said[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")]);
            assert!(
                algorithms.contains("ES256") && !algorithms.contains("none"),
                "{endpoint}: {algorithms:?}"
            );
        }

        let scopes = words(&said["scopes_supported"]);
        assert!(["alpha", "beta", "api", "api:v1"].iter().all(|scope| scopes.contains(*scope)), "{scopes:?}");
        assert_eq!(said["authorization_response_iss_parameter_supported"], true);
    });
}

#[test]
fn the_published_keys_check_the_tokens() {
    at_each(|desk| {
        let answer = desk.ask(&get("/oauth2/jwks"));
        assert_eq!(answer.status, 200, "{answer:?}");
        for key in answer.json()["keys"].as_array().unwrap() {
            assert_eq!(
                (key.get("d"), key.get("k"), key.get("p")),
                (None, None, None),
                "{}: private",
                desk.server
            );
        }
        let keys = scopa::KeySet::from_jwks(&answer.body).unwrap();
        let validator = scopa::Validator::builder(IDENTIFIER, AUDIENCE)
            .keys(keys)
            .clock(desk.clock.clone())
            .rfc9068()
            .build()
            .unwrap();
        let token = desk.token(&[("grant_type", "client_credentials")], M2M).text("access_token").unwrap();
        let field = format!("Bearer {token}");
        let access = futures_util::FutureExt::now_or_never(validator.authenticate([field.as_bytes()]));
        let access = access.unwrap().unwrap();
        assert_eq!((access.subject(), access.client_id()), (Some("m2m"), Some("m2m")), "{}", desk.server);
    });
}

#[test]
fn a_head_has_no_body_and_a_query_changes_nothing() {
    at_each(|desk| {
        for path in
            ["/oauth2/jwks", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
        {
            let whole = desk.ask(&get(path));
            let head = desk.ask(&Request::new("HEAD", path));
            assert_eq!(
                (head.status, &*head.body, &head.fields),
                (200, "", &whole.fields),
                "{}: {path}",
                desk.server
            );
            assert_eq!(
                desk.ask(&get(format!("{path}?{}", encoded(&[("x", "y")])))),
                whole,
                "{}: {path}",
                desk.server
            );
        }
    });
}

#[test]
fn what_a_stranger_sends_is_never_shown() {
    at_each(|desk| {
        let marks =
            [("client_id", "zzmark1"), ("redirect_uri", "https://zzmark2.example/"), ("state", "zzmark3")];
        let page = desk.authorize(&with(&ASKED, &marks));
        let form = [("grant_type", "zzmark4"), ("scope", "zzmark5"), ("token", "zzmark6")];
        let refusals = [TOKEN, INTROSPECT, REVOKE]
            .map(|path| desk.ask(&request(path, &form, By::Post("m2m", M2M_SECRET))));
        for answer in refusals.iter().chain([&page]) {
            assert!(!format!("{answer:?}").contains("zzmark"), "{}: {answer:?}", desk.server);
            assert!(!format!("{answer:?}").contains(M2M_SECRET), "{}: {answer:?}", desk.server);
        }
    });
}

fn document(desk: &Desk, path: &str) -> Value {
    let answer = desk.ask(&get(path));
    assert_eq!((answer.status, answer.one("content-type")), (200, Some("application/json")), "{answer:?}");
    answer.json()
}

fn words(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}
