//! What a refused caller is told, byte for byte.
#![cfg(test)]

use std::error::Error as _;

use http::{HeaderMap, HeaderValue};
use scopa::{Access, Guard, Hierarchy, InvalidToken, Policy, Refusal, RefusalKind, Validator};
use scopa_testing::TestIssuer;

fn hierarchy() -> Hierarchy {
    Hierarchy::builder()
        .scopes(["admin", "write", "read"])
        .includes("admin", ["write"])
        .includes("write", ["read"])
        .template("team_{id}", "[0-9]+")
        .permissions(["OWNER"])
        .build()
        .unwrap()
}

fn validator() -> Validator {
    TestIssuer::new().validator().hierarchy(hierarchy()).build().unwrap()
}

fn present(validator: &Validator, header: &str) -> Result<Access, Refusal> {
    validator.authenticate([header.as_bytes()]).now_or_later().unwrap()
}

fn access(validator: &Validator, scope: &str) -> Access {
    present(validator, &TestIssuer::new().bearer_with(scope)).unwrap()
}

fn refused(validator: &Validator, scope: &str, policy: impl Into<Policy>) -> Refusal {
    access(validator, scope).require(policy).unwrap_err()
}

const INVALID_BODY: &str =
    r#"{"error":"invalid_token","error_description":"the access token is invalid or expired"}"#;
const INVALID_CHALLENGE: &str =
    r#"Bearer error="invalid_token", error_description="the access token is invalid or expired""#;

#[test]
fn each_class_has_its_status_challenge_and_body() {
    let validator = validator();
    let issuer = TestIssuer::new();
    let lacks = "the access token lacks the scope that is needed";
    for (refusal, kind, status, challenge, body) in [
        (
            validator.authenticate([]).now_or_later().unwrap().unwrap_err(),
            RefusalKind::MissingToken,
            401,
            Some("Bearer".to_owned()),
            "{}".to_owned(),
        ),
        (
            present(&validator, "Basic dXNlcjpwYXNz").unwrap_err(),
            RefusalKind::MissingToken,
            401,
            Some("Bearer".to_owned()),
            "{}".to_owned(),
        ),
        (
            present(&validator, "Bearer").unwrap_err(),
            RefusalKind::InvalidRequest,
            400,
            Some(
                r#"Bearer error="invalid_request", error_description="the credentials are malformed""#
                    .to_owned(),
            ),
            r#"{"error":"invalid_request","error_description":"the credentials are malformed"}"#.to_owned(),
        ),
        (
            present(&validator, &issuer.token().expired().bearer()).unwrap_err(),
            RefusalKind::InvalidToken,
            401,
            Some(INVALID_CHALLENGE.to_owned()),
            INVALID_BODY.to_owned(),
        ),
        (
            refused(&validator, "read", "write"),
            RefusalKind::InsufficientScope,
            403,
            Some(format!(r#"Bearer error="insufficient_scope", error_description="{lacks}", scope="write""#)),
            format!(r#"{{"error":"insufficient_scope","error_description":"{lacks}","scope":"write"}}"#),
        ),
        (
            refused(&validator, "read", Policy::from("write").and(Policy::bound("team_{id}", "7"))),
            RefusalKind::InsufficientScope,
            403,
            Some(format!(
                r#"Bearer error="insufficient_scope", error_description="{lacks}", scope="write team_7""#
            )),
            format!(
                r#"{{"error":"insufficient_scope","error_description":"{lacks}","scope":"write team_7"}}"#
            ),
        ),
        (
            // No scope carries this value, so none is named; nothing of the value is sent back.
            refused(&validator, "read", Policy::bound("team_{id}", "7\r\n\"x\"")),
            RefusalKind::InsufficientScope,
            403,
            Some(format!(r#"Bearer error="insufficient_scope", error_description="{lacks}""#)),
            format!(r#"{{"error":"insufficient_scope","error_description":"{lacks}"}}"#),
        ),
        (
            refused(&validator, "read", Policy::permission("OWNER")),
            RefusalKind::Forbidden,
            403,
            None,
            r#"{"error":"forbidden","error_description":"not allowed for this caller"}"#.to_owned(),
        ),
        (
            Refusal::forbidden(),
            RefusalKind::Forbidden,
            403,
            None,
            r#"{"error":"forbidden","error_description":"not allowed for this caller"}"#.to_owned(),
        ),
        (
            refused(&validator, "read", "raed"),
            RefusalKind::Misconfigured,
            500,
            None,
            r#"{"error":"server_error","error_description":"the service is misconfigured"}"#.to_owned(),
        ),
        (
            refused(&validator, "read", "team_{id}"),
            RefusalKind::Misconfigured,
            500,
            None,
            r#"{"error":"server_error","error_description":"the service is misconfigured"}"#.to_owned(),
        ),
        (
            Refusal::misconfigured("name the state `AppState`"),
            RefusalKind::Misconfigured,
            500,
            None,
            r#"{"error":"server_error","error_description":"the service is misconfigured"}"#.to_owned(),
        ),
    ] {
        assert_eq!(refusal.kind(), kind, "{refusal:?}");
        assert_eq!(refusal.status().as_u16(), status, "{refusal:?}");
        assert_eq!(refusal.challenge(), challenge, "{refusal:?}");
        let response = refusal.response();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(*response.body(), body);
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("www-authenticate"), challenge);
        assert_eq!(header("content-type").as_deref(), Some("application/json"));
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        assert_eq!(header("retry-after"), None);
        assert_eq!(response.extensions().get::<Refusal>().unwrap().kind(), kind);
    }
}

#[test]
fn every_invalid_token_gets_the_same_bytes() {
    let validator = validator();
    let issuer = TestIssuer::new();
    let stranger = TestIssuer::new().with_issuer("https://evil.example.com").with_audience("x");
    for header in [
        "Bearer x".to_owned(),
        "Bearer a=b".to_owned(),
        format!("Bearer {}", "a".repeat(20_000)),
        issuer.token().expired().bearer(),
        issuer.token().not_yet_valid().bearer(),
        issuer.token().tampered().bearer(),
        issuer.token().unsigned().bearer(),
        issuer.token().signed_by_a_stranger().bearer(),
        issuer.token().header("kid", "unknown").bearer(),
        issuer.token().header("typ", "logout+jwt").bearer(),
        issuer.token().without("aud").bearer(),
        issuer.token().claim("scope", 7).bearer(),
        stranger.token().bearer(),
    ] {
        let response = present(&validator, &header).unwrap_err().response();
        assert_eq!(response.status(), 401, "{header:.60}");
        assert_eq!(response.headers()["www-authenticate"], INVALID_CHALLENGE, "{header:.60}");
        assert_eq!(response.body(), INVALID_BODY, "{header:.60}");
    }
}

#[test]
fn realm_and_metadata_stand_in_every_challenge_and_cannot_break_out_of_it() {
    let issuer = TestIssuer::new();
    let validator = issuer
        .validator()
        .hierarchy(hierarchy())
        .realm(r#"the "API" \o/"#)
        .resource_metadata("https://api.example.com/.well-known/oauth-protected-resource")
        .build()
        .unwrap();
    let realm = r#"realm="the \"API\" \\o/""#;
    let metadata = r#"resource_metadata="https://api.example.com/.well-known/oauth-protected-resource""#;
    let invalid = r#"error="invalid_token", error_description="the access token is invalid or expired""#;
    let lacks =
        r#"error="insufficient_scope", error_description="the access token lacks the scope that is needed""#;
    for (refusal, challenge) in [
        (
            validator.authenticate([]).now_or_later().unwrap().unwrap_err(),
            format!("Bearer {realm}, {metadata}"),
        ),
        (present(&validator, "Bearer x").unwrap_err(), format!("Bearer {realm}, {invalid}, {metadata}")),
        (
            refused(&validator, "read", "write"),
            format!(r#"Bearer {realm}, {lacks}, scope="write", {metadata}"#),
        ),
    ] {
        assert_eq!(refusal.challenge().as_deref(), Some(&*challenge));
        assert_eq!(refusal.response().headers()["www-authenticate"], challenge);
    }
    assert_eq!(refused(&validator, "read", Policy::permission("OWNER")).challenge(), None);
}

#[test]
fn another_status_leaves_challenge_and_body_alone() {
    let issuer = TestIssuer::new();
    let usual = validator();
    let validator = issuer
        .validator()
        .hierarchy(hierarchy())
        .status(RefusalKind::InsufficientScope, 401)
        .status(RefusalKind::Forbidden, 404)
        .build()
        .unwrap();
    for (policy, status) in [(Policy::from("write"), 401), (Policy::permission("OWNER"), 404)] {
        let (changed, before) =
            (refused(&validator, "read", policy.clone()), refused(&usual, "read", policy.clone()));
        assert_eq!((changed.status().as_u16(), before.status().as_u16()), (status, 403));
        assert_eq!(changed.response().status().as_u16(), status);
        assert_eq!(changed.challenge(), before.challenge());
        assert_eq!(changed.response().body(), before.response().body());
    }
    assert_eq!(present(&validator, "Bearer x").unwrap_err().status(), 401, "other classes keep theirs");
}

#[test]
fn two_fields_are_a_malformed_request_by_bytes_and_by_headers() {
    let validator = validator();
    let bearer = TestIssuer::new().bearer_with("read");
    let mut headers = HeaderMap::new();
    assert_eq!(kind_of(&validator, &headers), Some(RefusalKind::MissingToken));
    headers.append("authorization", HeaderValue::try_from(&bearer).unwrap());
    assert_eq!(kind_of(&validator, &headers), None);
    headers.append("authorization", HeaderValue::try_from(&bearer).unwrap());
    assert_eq!(kind_of(&validator, &headers), Some(RefusalKind::InvalidRequest));
    let bytes = bearer.as_bytes();
    let refusal = validator.authenticate([bytes, bytes]).now_or_later().unwrap().unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::InvalidRequest);
    assert_eq!(refusal.source().unwrap().to_string(), "more than one Authorization field");
}

fn kind_of(validator: &Validator, headers: &HeaderMap) -> Option<RefusalKind> {
    validator.authenticate_headers(headers).now_or_later().unwrap().err().map(|refusal| refusal.kind())
}

#[test]
fn another_validators_word_is_not_enough() {
    let (ours, theirs) = (validator(), validator());
    let access = access(&theirs, "admin");
    assert!(theirs.authorize(&access, &Policy::from("read"), &[]).is_ok());
    assert!(theirs.clone().owns(&access) && !ours.owns(&access));
    for policy in [Policy::authenticated(), Policy::from("read")] {
        let refusal = ours.authorize(&access, &policy, &[]).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::InvalidToken);
        let reason = refusal.source().unwrap().downcast_ref::<InvalidToken>();
        assert_eq!(reason, Some(&InvalidToken::ForeignAccess));
    }
    let refusal = Guard::new(ours).decide(Ok(access.with_permissions(["OWNER"])), &[]).unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::InvalidToken);
}

#[test]
fn a_guard_admits_whom_its_policy_lets_in() {
    let validator = validator();
    let missing = || validator.authenticate([]).now_or_later().unwrap();
    let forged = || present(&validator, "Bearer x");
    let held = |scope: &str| Ok(access(&validator, scope));
    let any = Guard::new(validator.clone());
    let write = any.clone().require("write").unwrap();
    let both = write.clone().require(Policy::bound("team_{id}", "7")).unwrap();
    let team = any.clone().require("team_{id}").unwrap();
    let either = any.clone().require(Policy::any_of(["team_{id}", "write"])).unwrap();
    let optional = write.clone().optional();
    let of = |kind| Err(kind);
    for (guard, caller, values, expected) in [
        (&any, held(""), &[][..], Ok(true)),
        (&any, missing(), &[], of(RefusalKind::MissingToken)),
        (&any, forged(), &[], of(RefusalKind::InvalidToken)),
        (&write, held("admin"), &[], Ok(true)),
        (&write, held("read"), &[], of(RefusalKind::InsufficientScope)),
        (&both, held("write"), &[], of(RefusalKind::InsufficientScope)),
        (&both, held("team_7"), &[], of(RefusalKind::InsufficientScope)),
        (&both, held("write team_7"), &[], Ok(true)),
        (&team, held("team_7"), &[("id", "7")], Ok(true)),
        (&team, held("team_7"), &[("id", "8")], of(RefusalKind::InsufficientScope)),
        (&team, held("team_7"), &[("ID", "7")], of(RefusalKind::Misconfigured)),
        (&team, held("team_7"), &[], of(RefusalKind::Misconfigured)),
        (&team, held("admin"), &[], of(RefusalKind::Misconfigured)),
        (&team, held("team_7"), &[("id", "*")], of(RefusalKind::InsufficientScope)),
        (&team, held("team_7"), &[("id", "7"), ("id", "7")], of(RefusalKind::Misconfigured)),
        // A value that is missing is our mistake, also where something else would do.
        (&either, held("write"), &[], of(RefusalKind::Misconfigured)),
        (&either, held("write"), &[("id", "8")], Ok(true)),
        (&either, held("team_7"), &[("id", "7")], Ok(true)),
        (&either, held("team_7"), &[("id", "8")], of(RefusalKind::InsufficientScope)),
        (&optional, missing(), &[], Ok(false)),
        (&optional, forged(), &[], of(RefusalKind::InvalidToken)),
        (&optional, present(&validator, "Bearer"), &[], of(RefusalKind::InvalidRequest)),
        (&optional, held("read"), &[], of(RefusalKind::InsufficientScope)),
        (&optional, held("write"), &[], Ok(true)),
    ] {
        let case = format!("{caller:?} at {guard:?} with {values:?}");
        let outcome = guard.decide(caller, values).map(|access| access.is_some());
        assert_eq!(outcome.map_err(|refusal| refusal.kind()), expected, "{case}");
    }
    assert_eq!(both.policy().to_string(), "write and team_{id} for `7`");
    assert!(team.policy().placeholders().eq(["id"]));
}

#[test]
fn permissions_from_outside_replace_those_of_the_token() {
    let issuer = TestIssuer::new();
    let validator =
        issuer.validator().hierarchy(hierarchy()).permission_claim("permissions").build().unwrap();
    let bearer = issuer.token().scope("read").claim("permissions", ["OWNER", "read"]).bearer();
    let access = present(&validator, &bearer).unwrap();
    let owner = Policy::from("read").and(Policy::permission("OWNER"));
    assert!(access.require(owner.clone()).is_ok());
    for (permissions, granted) in
        [(&["OWNER"][..], true), (&["owner"], false), (&["ADMIN", "write"], false), (&[], false)]
    {
        let other = access.with_permissions(permissions.iter().copied());
        assert_eq!(other.require(owner.clone()).is_ok(), granted, "{permissions:?}");
        assert!(other.permissions().eq(permissions.iter().copied()));
        assert!(validator.owns(&other));
        assert!(other.require("write").is_err(), "a permission is no scope");
    }
}
