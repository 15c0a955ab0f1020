//! An API that asks the issuer of its own process.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use scopa::{Introspection, Validator};
use scopa_issuer::{Endpoints, IssuerBuilder, TokenFormat};
use scopa_testing::{TestIssuer, TestProvider};

use crate::stage::{API, SECRET, Stage, now};

#[test]
fn metadata_keys_and_introspection_need_no_network() {
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        let stage = Stage::with(|issuer| issuer.token_format(format));
        // For tasks and pauses.
        let others = TestProvider::of(TestIssuer::new().with_clock(stage.clock.clone()));
        let local = std::sync::Arc::new(stage.issuer.local(others.clone()));
        let validator = Validator::builder(stage.issuer.identifier(), API)
            .discover(local.clone())
            .introspect(Introspection::new("machine", SECRET).cache_for(Duration::ZERO), local)
            .clock(stage.clock.clone())
            .build()
            .unwrap();
        let answer = stage.post(
            "/oauth2/token",
            "machine",
            &[("grant_type", "client_credentials"), ("scope", "beta")],
        );
        let bearer = format!("Bearer {}", answer.text("access_token").unwrap());
        let access = now(validator.authenticate([bearer.as_bytes()])).unwrap();
        assert_eq!((access.client_id(), access.scopes().as_str()), (Some("machine"), "beta"));
        assert_eq!(others.requests().len(), 0);

        // A refresh token is no access token.
        let refresh = stage.exchange(&stage.code("write")).text("refresh_token").unwrap();
        let bearer = format!("Bearer {refresh}");
        assert_eq!(now(validator.authenticate([bearer.as_bytes()])).unwrap_err().status(), 401);
    }
}

#[test]
fn the_host_asks_about_opaque_tokens_without_being_a_client() {
    for configure in [
        |issuer: IssuerBuilder| issuer,
        |issuer: IssuerBuilder| issuer.endpoints(Endpoints::default().without_introspection()),
    ] {
        let stage = Stage::with(|issuer| configure(issuer.token_format(TokenFormat::Opaque)));
        let others = TestProvider::of(TestIssuer::new().with_clock(stage.clock.clone()));
        let asks = stage.issuer.introspection();
        let validator = stage.issuer.validator(API).introspect(asks, stage.issuer.local(others.clone()));
        let validator = validator.build().unwrap();
        let status = |token: &str| {
            let bearer = format!("Bearer {token}");
            now(validator.authenticate([bearer.as_bytes()])).map_or_else(|no| no.status().as_u16(), |_| 200)
        };
        let answer = stage.exchange(&stage.code("write"));
        let (token, refresh) = (answer.text("access_token").unwrap(), answer.text("refresh_token").unwrap());
        assert_eq!((status(&token), status(&refresh), status("made-up")), (200, 401, 401));
        // Each time anew: what was revoked is refused at once.
        assert_eq!(stage.post("/oauth2/revoke", "web", &[("token", &token)]).status(), 200);
        assert_eq!(status(&token), 401);
        assert_eq!(others.requests().len(), 0);

        // Nobody gets there by the network, and with the host's name for itself nobody asks at the endpoint.
        assert_eq!(stage.post("/in-process/introspect", "web", &[("token", &refresh)]).status(), 404);
        assert!(stage.issuer.paths().all(|path| !path.contains("in-process")));
        let basic = format!("Basic {}", STANDARD.encode("host:no secret"));
        let request = Request::post("/oauth2/introspect").header("authorization", basic);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = now(stage.issuer.respond(request.body("token=x".into()).unwrap()));
        assert!([401, 404].contains(&answer.status().as_u16()), "{answer:?}");
    }
}

#[test]
fn other_addresses_are_asked_over_the_network() {
    let stage = Stage::new();
    let others = TestProvider::new();
    let validator = others.issuer().validator().discover(stage.issuer.local(others.clone())).build().unwrap();
    let bearer = others.issuer().token().bearer();
    assert!(
        now(validator.authenticate([bearer.as_bytes()])).is_err(),
        "the issuer at the address is another one"
    );
}

#[test]
fn of_the_tokens_of_another_issuer_it_does_not_say_that_they_were_revoked() {
    let stage = Stage::new();
    let other = TestIssuer::new().with_issuer("https://other.example.com").with_clock(stage.clock.clone());
    let validator =
        stage.issuer.validator(API).or_issuer(other.validator()).revocation(stage.issuer.revocation());
    let validator = validator.build().unwrap();
    // Its client is none of ours.
    let bearer = other.token().claim("client_id", "elsewhere").bearer();
    assert_eq!(now(validator.authenticate([bearer.as_bytes()])).unwrap().client_id(), Some("elsewhere"));

    let answer = stage.post("/oauth2/token", "machine", &[("grant_type", "client_credentials")]);
    let token = answer.text("access_token").unwrap();
    let bearer = format!("Bearer {token}");
    assert!(now(validator.authenticate([bearer.as_bytes()])).is_ok());
    assert_eq!(stage.post("/oauth2/revoke", "machine", &[("token", &token)]).status(), 200);
    assert_eq!(now(validator.authenticate([bearer.as_bytes()])).unwrap_err().status(), 401);
}
