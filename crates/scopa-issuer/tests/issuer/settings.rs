use std::time::Duration;

use scopa::{Algorithm, ConfigError};
use scopa_issuer::{
    DigestKey, Endpoints, Issuer, IssuerBuilder, MemoryStore, SigningKey, SigningKeys, TokenFormat,
    TokenShape,
};

type Change = fn(IssuerBuilder) -> IssuerBuilder;

fn built(identifier: &str, change: Change) -> Result<Issuer, ConfigError> {
    let issuer = Issuer::builder(identifier, MemoryStore::new(), DigestKey::new([7; 32]).unwrap())
        .audience("https://api.example.com")
        .signing_keys(SigningKeys::new(SigningKey::from_secret(Algorithm::HS256, [7; 32]).unwrap()));
    change(issuer).build()
}

#[test]
fn a_mistake_is_found_before_the_first_request_and_names_the_fix() {
    let cases: [(Change, &str, &str); 15] = [
        (|i| i.at_most_one("team_{id}"), "at_most_one", "not declared"),
        (|i| i.audience(""), "audience", ".audience("),
        (|i| i.token_type("mac"), "token_type", "`Bearer`"),
        (|i| i.access_lifetime(Duration::ZERO), "access_lifetime", "a second"),
        (|i| i.refresh_lifetime(Duration::from_secs(u64::MAX)), "refresh_lifetime", "ten years"),
        (
            |i| i.longest_access_lifetime(Duration::from_secs(60)),
            "longest_access_lifetime",
            "access lifetime",
        ),
        (|i| i.refresh_grace(Duration::from_secs(61)), "refresh_grace", "a minute"),
        (|i| i.body_limit(0), "body_limit", "1024"),
        (|i| i.token_shape(TokenShape::rfc9068().without("exp")), "token_shape", "exp"),
        (|i| i.endpoints(Endpoints::default().token("oauth2/token")), "endpoints", "/oauth2/token"),
        (|i| i.endpoints(Endpoints::default().token("//evil")), "endpoints", "not a path"),
        (|i| i.endpoints(Endpoints::default().token("/a?b")), "endpoints", "not a path"),
        (|i| i.endpoints(Endpoints::default().token("/oauth2/revoke")), "endpoints", "twice"),
        (|i| i.endpoints(Endpoints::default().token("/{token}")), "endpoints", "not a path"),
        (
            |i| i.endpoints(Endpoints::default().jwks("/.well-known/openid-configuration")),
            "endpoints",
            "twice",
        ),
    ];
    for (change, setting, fix) in cases {
        let error = built("https://id.example.com", change).unwrap_err();
        assert_eq!(error.setting(), setting);
        assert!(error.to_string().contains(fix), "{error}");
    }
    for identifier in [
        "id.example.com",
        "http://id.example.com",
        "http://127.evil.example",
        "http://localhost.evil.example",
        "ftp://id.example.com",
        "https://id.example.com?a",
        "https://id.example.com/#a",
        "https://user@id.example.com",
        "",
        "https://",
    ] {
        let error = built(identifier, |issuer| issuer).unwrap_err();
        assert_eq!(error.setting(), "issuer", "{identifier}");
    }
    for identifier in
        ["https://id.example.com/a", "http://127.0.0.1:9000", "http://localhost", "http://[::1]:1"]
    {
        assert!(built(identifier, |issuer| issuer).is_ok(), "{identifier}");
    }
}

#[test]
fn an_issuer_without_keys_gives_out_opaque_tokens_or_is_not_built() {
    let builder = || {
        Issuer::builder("https://id.example.com", MemoryStore::new(), DigestKey::new([7; 32]).unwrap())
            .audience("urn:api")
    };
    assert!(builder().build().unwrap_err().to_string().contains("SigningKey::generate"));
    let issuer = builder().token_format(TokenFormat::Opaque).build().unwrap();
    let keys = SigningKeys::new(SigningKey::from_secret(Algorithm::HS256, [7; 32]).unwrap());
    assert!(issuer.set_signing_keys(keys).is_err());
}

#[test]
fn without_a_login_the_token_endpoint_may_have_the_path_of_the_authorization_endpoint() {
    fn as_token(issuer: IssuerBuilder) -> IssuerBuilder {
        issuer.endpoints(Endpoints::default().token("/oauth2/authorize"))
    }
    let issuer = built("https://id.example.com", as_token).unwrap();
    assert_eq!(issuer.paths().filter(|path| *path == "/oauth2/authorize").count(), 1);
    let request = http::Request::post("/oauth2/authorize").body(bytes::Bytes::new()).unwrap();
    let answer = crate::stage::Answer(crate::stage::now(issuer.respond(request)));
    assert_eq!(answer.refusal(), "400 invalid_request");
    let error =
        built("https://id.example.com", |issuer| as_token(issuer).login(crate::stage::Header)).unwrap_err();
    assert_eq!(error.setting(), "endpoints");
    assert!(error.to_string().contains("`/oauth2/authorize` stands twice"), "{error}");
}
