//! Several issuers behind one door: each token is judged by the issuer that it names, and the answers are alike.

use scopa::{Algorithm, Hierarchy, KeySet, Validator, ValidatorBuilder};
use scopa_testing::{TestIssuer, TokenBuilder};
use serde_json::json;

use super::Group;
use super::client::get;
use super::forge::{encode, hs256, parts, public_key_as_secret, stranger_jwk};
use super::want::{anonymous, bad_request, bad_token, needs, no_token, page};

/// Beside the issuer of all other doors: partners, with a stranger's keys, and an old one, with a shared secret.
///
/// Partners write scopes into `scp`, and their `alpha` includes `beta`.
pub(crate) fn door(issuer: &TestIssuer, plain: ValidatorBuilder) -> Validator {
    let partner_scopes = Hierarchy::builder()
        .scopes(["alpha", "beta"])
        .includes("alpha", ["beta"])
        .template("team_{id}", "[0-9]+")
        .build()
        .unwrap();
    let mut key = stranger_jwk();
    key["kid"] = "es256".into();
    let of_partners = partners(issuer)
        .validator()
        .keys(KeySet::from_jwks(&json!({ "keys": [key] }).to_string()).unwrap())
        .scope_claim("scp")
        .clients(["acme"])
        .require_claim("use", ["api"])
        .hierarchy(partner_scopes);
    let secret = KeySet::from_secret(Algorithm::HS256, TestIssuer::secret()).unwrap();
    plain.or_issuer(of_partners).or_issuer(old(issuer).validator().keys(secret)).build().unwrap()
}

fn partners(issuer: &TestIssuer) -> TestIssuer {
    issuer.clone().with_issuer("https://partners.example.com").with_audience("urn:example:crashes")
}

fn old(issuer: &TestIssuer) -> TestIssuer {
    issuer.clone().with_issuer("https://old.example.com")
}

/// A good token of partners.
fn partner_token(issuer: &TestIssuer) -> TokenBuilder {
    partners(issuer).token().signed_by_a_stranger().client_id("acme").claim("use", "api")
}

fn old_token(issuer: &TestIssuer) -> TokenBuilder {
    old(issuer).token().algorithm(Algorithm::HS256)
}

/// Who is named, and what his tokens must say.
pub(crate) fn parties(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("issuers: parties");
    let (staff, partner, old) = (|| issuer.token(), || partner_token(issuer), || old_token(issuer));
    let rows: Vec<(&str, TokenBuilder, _)> = vec![
        ("the first", staff(), page()),
        ("the second", partner(), page()),
        ("the third", old(), page()),
        ("the first, forged", staff().signed_by_a_stranger(), bad_token("bad_signature")),
        ("the second, with keys of the first", partners(issuer).token(), bad_token("bad_signature")),
        ("the third, with another secret", old().signed_by_a_stranger(), bad_token("bad_signature")),
        (
            "the second, with a key of the first alone",
            partner().algorithm(Algorithm::EdDSA),
            bad_token("unknown_key"),
        ),
        ("an unknown key", partner().header("kid", "new"), bad_token("unknown_key")),
        ("the second, expired", partner().expired(), bad_token("expired")),
        ("the second, forged and expired", partners(issuer).token().expired(), bad_token("bad_signature")),
        (
            "the first, for the audience of the second",
            staff().audience("urn:example:crashes"),
            bad_token("wrong_audience"),
        ),
        (
            "the second, for the audience of the first",
            partner().audience(issuer.audience()),
            bad_token("wrong_audience"),
        ),
        ("the second, of another client", partner().client_id("client-1"), bad_token("wrong_client")),
        ("the second, of nobody", partner().without("client_id"), bad_token("wrong_client")),
        ("the second, for another use", partner().claim("use", "backup"), bad_token("wrong_claim")),
        ("the second, for no use", partner().without("use"), bad_token("wrong_claim")),
        ("an unknown one", staff().issuer("https://evil.example"), bad_token("wrong_issuer")),
        ("a slash more", partner().issuer("https://partners.example.com/"), bad_token("wrong_issuer")),
        ("upper case", partner().issuer("https://PARTNERS.example.com"), bad_token("wrong_issuer")),
        (
            "a line break",
            partner().issuer("https://partners.example.com\r\nX-Injected: 1"),
            bad_token("wrong_issuer"),
        ),
        ("empty", partner().issuer(""), bad_token("wrong_issuer")),
        ("none", partner().without("iss"), bad_token("missing_claim")),
        ("null", partner().claim("iss", json!(null)), bad_token("malformed_claim")),
        ("a number", partner().claim("iss", 7), bad_token("malformed_claim")),
        ("an array", partner().claim("iss", ["https://partners.example.com"]), bad_token("malformed_claim")),
        (
            "two",
            partner().raw_claims(r#"{"iss":"https://partners.example.com","iss":"https://id.example.com"}"#),
            bad_token("not_a_jwt"),
        ),
        ("no claims", partner().raw_claims("[]"), bad_token("not_a_jwt")),
        ("no header", partner().raw_header("{"), bad_token("not_a_jwt")),
        ("no signature", partner().unsigned(), bad_token("unsecured")),
    ];
    for (name, token, want) in rows {
        group.row(name, get("/several").bearer(token.sign()), want);
    }
    for (path, nobody) in [("/several", no_token()), ("/several/optional", anonymous())] {
        group.row(format!("{path}: no token"), get(path), nobody);
        let two = get(path).bearer(staff().sign()).bearer(partner().sign());
        group.row(format!("{path}: a token of each"), two, bad_request());
        group.row(format!("{path}: a word for a token"), get(path).bearer("opaque"), bad_token("not_a_jwt"));
    }
    group.row("optional: the second", get("/several/optional").bearer(partner().sign()), page());
    group.row(
        "optional: an unknown one",
        get("/several/optional").bearer(staff().issuer("https://evil.example").sign()),
        bad_token("wrong_issuer"),
    );
    group
}

/// A secret of one issuer and public keys of the others.
pub(crate) fn algorithms(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("issuers: algorithms");
    let refused = || bad_token("algorithm_not_allowed");
    for (name, token) in [
        ("the secret, naming the first", issuer.token().algorithm(Algorithm::HS256)),
        ("the secret, naming the second", partner_token(issuer).algorithm(Algorithm::HS256)),
        ("a public key, naming the third", old(issuer).token()),
        ("RS256, naming the third", old(issuer).token().algorithm(Algorithm::RS256)),
        ("RS384, which the first does not take", issuer.token().algorithm(Algorithm::RS384)),
    ] {
        group.row(name, get("/several").bearer(token.sign()), refused());
    }
    let header = encode(r#"{"alg":"HS256","typ":"at+jwt"}"#);
    for (form, secret) in public_key_as_secret() {
        for (name, token, want) in [
            ("first", issuer.token(), refused()),
            ("second", partner_token(issuer), refused()),
            ("third", old_token(issuer), bad_token("bad_signature")),
        ] {
            let claims = &parts(&token.sign())[1];
            let forged = hs256(&secret, &header, claims);
            group.row(
                format!("the public key of the first as secret, naming the {name}: {form}"),
                get("/several").bearer(forged),
                want,
            );
        }
    }
    group
}

/// What the scopes of each issuer cover.
pub(crate) fn hierarchies(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("issuers: hierarchies");
    let staff = |scope: &str| issuer.token().scope(scope).sign();
    let partner =
        |scope: &str| partner_token(issuer).claim("scp", scope).scope("alpha beta team_7 team_8").sign();
    let old = |scope: &str| old_token(issuer).scope(scope).sign();
    for path in ["/several/beta", "/several/guarded"] {
        for (name, token, want) in [
            ("the first with beta", staff("beta"), page()),
            ("the second with beta", partner("beta"), page()),
            ("the third with beta", old("beta"), page()),
            ("the first with alpha", staff("alpha"), needs("beta")),
            ("the second with alpha, which is more there", partner("alpha"), page()),
            // It has the hierarchy of the first.
            ("the third with alpha", old("alpha"), needs("beta")),
            ("the first with nothing", staff(""), needs("beta")),
            ("the second with nothing", partner(""), needs("beta")),
        ] {
            group.row(format!("{path}: {name}"), get(path).bearer(token), want);
        }
    }
    for path in ["/several/teams/7", "/several/members/7"] {
        for (name, token, want) in [
            ("the first", staff("team_7"), page()),
            ("the second", partner("team_7"), page()),
            ("the first, of another team", staff("team_8"), needs("team_7")),
            ("the second, of another team", partner("team_8"), needs("team_7")),
        ] {
            group.row(format!("{path}: {name}"), get(path).bearer(token), want);
        }
    }
    group
}
