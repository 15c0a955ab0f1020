//! What a token may do: scopes, what they include, whose they are, and permissions.

use scopa_testing::TestIssuer;
use serde_json::json;

use super::client::{Request, get};
use super::want::{bad_token, forbidden, needs, needs_what_cannot_be, no_token, page};
use super::{Group, Want};

/// How a scope is spelt, asked for `alpha` (RFC 6749 §3.3).
pub(crate) fn spelling(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("scopes: spelling");
    for scope in [
        "alpha",
        "alpha beta",
        "beta alpha",
        "beta  alpha",
        " alpha",
        "alpha ",
        "alpha alpha",
        "alpha \"x\"",
        "x alpha \u{e9}",
    ] {
        group.row(format!("{scope:?}"), get("/alpha").bearer(issuer.token().scope(scope).sign()), page());
    }
    for scope in [
        "",
        " ",
        "beta",
        "alphabet",
        "alph",
        "xalpha",
        "Alpha",
        "ALPHA",
        "*",
        "alph?",
        "alpha*",
        "alpha.*",
        ".*",
        "^alpha$",
        "alpha:",
        "alpha:read",
        ":alpha",
        "!alpha",
        "-alpha",
        "+alpha",
        "beta,alpha",
        "beta;alpha",
        "beta|alpha",
        "beta+alpha",
        "beta\talpha",
        "beta\nalpha",
        "beta\u{a0}alpha",
        "beta\u{2003}alpha",
        "alpha\u{200b}",
        "\u{ff41}lpha",
        "\u{430}lpha",
        "alpha\u{0}",
        "\"alpha\"",
        "[alpha]",
        "alpha\\",
        "%61lpha",
        "x\"\r\nX-Injected: 1",
    ] {
        group.row(
            format!("{scope:?}"),
            get("/alpha").bearer(issuer.token().scope(scope).sign()),
            needs("alpha"),
        );
    }
    for scope in ["alpha", "beta alpha"] {
        group.row(
            format!("behind a layer: {scope:?}"),
            get("/guarded").bearer(issuer.token().scope(scope).sign()),
            page(),
        );
    }
    group.row(
        "behind a layer: \"beta\"",
        get("/guarded").bearer(issuer.token().scope("beta").sign()),
        needs("alpha"),
    );
    group.row("behind a layer: no token", get("/guarded"), no_token());
    // Without declared scopes each stands for itself.
    group.row(
        "nothing declared: the scope",
        get("/undeclared").bearer(issuer.token().scope("write read").sign()),
        page(),
    );
    group.row(
        "nothing declared: another",
        get("/undeclared").bearer(issuer.token().scope("write").sign()),
        needs("read"),
    );
    group.row(
        "nothing declared: in part",
        get("/undeclared").bearer(issuer.token().scope("read:all").sign()),
        needs("read"),
    );
    group
}

/// Which claims hold scopes, and in which form.
pub(crate) fn claims(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("scopes: claims");
    for (name, value, want) in [
        ("an array", json!(["beta", "alpha"]), page()),
        ("an empty array", json!([]), needs("alpha")),
        ("an array with a list in one string", json!(["beta alpha"]), needs("alpha")),
        ("an array with an empty string", json!(["", "alpha"]), page()),
        ("an array with a number", json!(["alpha", 5]), bad_token("malformed_claim")),
        ("an array with null", json!(["alpha", null]), bad_token("malformed_claim")),
        ("an array in an array", json!([["alpha"]]), bad_token("malformed_claim")),
        ("null", json!(null), bad_token("malformed_claim")),
        ("a number", json!(1), bad_token("malformed_claim")),
        ("true", json!(true), bad_token("malformed_claim")),
        ("an object", json!({"alpha": true}), bad_token("malformed_claim")),
    ] {
        group.row(name, get("/alpha").bearer(issuer.token().claim("scope", value).sign()), want);
    }
    group.row("absent", get("/alpha").bearer(issuer.token().sign()), needs("alpha"));
    for name in ["scopes", "scp", "permissions", "roles", "authorities", "groups", "Scope", "client_scope"] {
        let token = issuer.token().claim(name, "alpha").sign();
        group.row(format!("only in {name}"), get("/alpha").bearer(token), needs("alpha"));
    }
    let token = issuer.token().header("scope", "alpha").scope("beta").sign();
    group.row("only in the header of the token", get("/alpha").bearer(token), needs("alpha"));
    let token = issuer.token().scope("beta").sign();
    group.row(
        "only in a header of the request",
        get("/alpha?scope=alpha").bearer(token).field("Scope", "alpha"),
        needs("alpha"),
    );
    let token = issuer.token().claim("claims", json!({"scope": "alpha"})).sign();
    group.row("only in a nested object", get("/alpha").bearer(token), needs("alpha"));

    // 401 wins over 403: nothing is told about scopes to somebody who may be anybody.
    let late = |scope: &str| issuer.token().scope(scope).expired().sign();
    group.row("expired, with the scope", get("/alpha").bearer(late("alpha")), bad_token("expired"));
    group.row("expired, without the scope", get("/alpha").bearer(late("beta")), bad_token("expired"));
    let other = issuer.token().scope("beta").audience("https://other.example").sign();
    group.row("for another API, without the scope", get("/alpha").bearer(other), bad_token("wrong_audience"));
    let forged = issuer.token().scope("alpha").signed_by_a_stranger().sign();
    group.row("forged, with the scope", get("/alpha").bearer(forged), bad_token("bad_signature"));
    group.row("no token", get("/alpha"), no_token());

    // Other claims, where that is set up: one of them, and never the union of two.
    let scp = |value| issuer.token().claim("scp", value).sign();
    group.row("scp: a string", get("/scp").bearer(scp(json!("beta alpha"))), page());
    group.row("scp: an array", get("/scp").bearer(scp(json!(["alpha"]))), page());
    group.row("scp: without it", get("/scp").bearer(scp(json!("beta"))), needs("alpha"));
    group.row("scp: a number", get("/scp").bearer(scp(json!(1))), bad_token("malformed_claim"));
    group.row("scp: only in scope", get("/scp").bearer(issuer.token().scope("alpha").sign()), needs("alpha"));
    let roles = |value| issuer.token().claim("realm_access", value).sign();
    group.row("realm_access.roles", get("/roles").bearer(roles(json!({"roles": ["alpha"]}))), page());
    group.row(
        "realm_access.roles: without it",
        get("/roles").bearer(roles(json!({"roles": ["beta"]}))),
        needs("alpha"),
    );
    group.row("realm_access.roles: no roles", get("/roles").bearer(roles(json!({}))), needs("alpha"));
    group.row(
        "realm_access.roles: no object",
        get("/roles").bearer(roles(json!("alpha"))),
        bad_token("malformed_claim"),
    );
    let dotted = issuer.token().claim("realm_access.roles", ["alpha"]).sign();
    group.row("realm_access.roles: a claim with a dot", get("/roles").bearer(dotted), needs("alpha"));
    group
}

/// What is declared to include what. Spelling is not meaning.
pub(crate) fn hierarchy(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("scopes: hierarchy");
    let rows: Vec<(&str, &str, Want)> = vec![
        ("/hier", "api:v1", page()),
        ("/hier", "api", page()),
        ("/hier", "beta api", page()),
        ("/hier", "apiv1", needs("api:v1")),
        ("/hier", "api:", needs("api:v1")),
        ("/hier", "api:v2", needs("api:v1")),
        ("/hier", "api:v1:", needs("api:v1")),
        ("/hier", "api:v10", needs("api:v1")),
        ("/hier", "api/v1", needs("api:v1")),
        ("/hier", "api.v1", needs("api:v1")),
        ("/hier", "api:*", needs("api:v1")),
        ("/hier", "*:v1", needs("api:v1")),
        ("/hier", "*", needs("api:v1")),
        ("/hier", "API", needs("api:v1")),
        ("/hier", "ap", needs("api:v1")),
        ("/hier", "api\u{200b}", needs("api:v1")),
        ("/hier", "alpha beta", needs("api:v1")),
        ("/alpha", "api", needs("alpha")),
        ("/api", "api:v1", page()),
        ("/api", "api", page()),
        ("/levels/read", "read", page()),
        ("/levels/read", "write", page()),
        ("/levels/read", "admin", page()),
        ("/levels/read", "audit", page()),
        ("/levels/read", "symbols", needs("read")),
        ("/levels/write", "write", page()),
        ("/levels/write", "admin", page()),
        ("/levels/write", "read", needs("write")),
        ("/levels/write", "audit", needs("write")),
        ("/levels/write", "read symbols audit", needs("write")),
        ("/levels/both", "admin", page()),
        ("/levels/both", "audit symbols", page()),
        ("/seats/7", "admin", needs("seat_7")),
    ];
    for (path, scope, want) in rows {
        group.row(
            format!("{path} with {scope:?}"),
            get(path).bearer(issuer.token().scope(scope).sign()),
            want,
        );
    }
    group
}

/// Scopes that carry a value, bound to the path.
pub(crate) fn teams(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("scopes: teams");
    let long = "a".repeat(128);
    let longer = "a".repeat(129);
    let rows: Vec<(String, String, Want)> = vec![
        ("7".into(), "team_7".into(), page()),
        ("7".into(), "alpha team_8 team_7".into(), page()),
        ("a-B-9".into(), "team_a-B-9".into(), page()),
        ("7".into(), "team_8".into(), needs("team_7")),
        ("7".into(), "team_77".into(), needs("team_7")),
        ("77".into(), "team_7".into(), needs("team_77")),
        ("7".into(), "team_07".into(), needs("team_7")),
        ("07".into(), "team_7".into(), needs("team_07")),
        ("1".into(), "team_".into(), needs("team_1")),
        ("7".into(), "team".into(), needs("team_7")),
        ("7".into(), "Team_7".into(), needs("team_7")),
        ("7".into(), "teams_7".into(), needs("team_7")),
        ("7".into(), "team_7:read".into(), needs("team_7")),
        ("7".into(), "team_*".into(), needs("team_7")),
        ("7".into(), "team_?".into(), needs("team_7")),
        ("7".into(), "*".into(), needs("team_7")),
        ("7".into(), "team_{id}".into(), needs("team_7")),
        ("7".into(), "seat_7".into(), needs("team_7")),
        ("7".into(), "alpha api".into(), needs("team_7")),
        ("7".into(), String::new(), needs("team_7")),
        ("A".into(), "team_a".into(), needs("team_A")),
        ("a".into(), "team_A".into(), needs("team_a")),
        ("%37".into(), "team_7".into(), page()),
        ("%37".into(), "team_%37".into(), needs("team_7")),
        ("%41".into(), "team_A".into(), page()),
        ("*".into(), "team_*".into(), needs_what_cannot_be()),
        ("%2A".into(), "team_* team_7".into(), needs_what_cannot_be()),
        ("1%20team_2".into(), "team_1".into(), needs_what_cannot_be()),
        ("1%20team_2".into(), "team_2".into(), needs_what_cannot_be()),
        ("7%2F8".into(), "team_7".into(), needs_what_cannot_be()),
        ("7%00".into(), "team_7".into(), needs_what_cannot_be()),
        ("7%0D%0AX-Injected:%201".into(), "team_7".into(), needs_what_cannot_be()),
        ("%C3%A9".into(), "team_7".into(), needs_what_cannot_be()),
        ("%22".into(), "team_7".into(), needs_what_cannot_be()),
        ("%2537".into(), "team_7".into(), needs_what_cannot_be()),
        ("%7Bid%7D".into(), "team_{id}".into(), needs_what_cannot_be()),
        ("..".into(), "team_7".into(), needs_what_cannot_be()),
        ("7;v=8".into(), "team_7".into(), needs_what_cannot_be()),
        ("7,8".into(), "team_7 team_8".into(), needs_what_cannot_be()),
        (long.clone(), format!("team_{long}"), page()),
        (longer.clone(), format!("team_{longer}"), needs_what_cannot_be()),
    ];
    for (id, scope, want) in rows {
        let name = format!("{} with {scope:.30?}", id.get(..30).unwrap_or(&id));
        let request = |path: &str| get(format!("/{path}/{id}")).bearer(issuer.token().scope(&scope).sign());
        group.row(format!("the route: {name}"), request("teams"), want.clone());
        group.row(format!("the handler: {name}"), request("members"), want);
    }
    group.row(
        "a query changes nothing",
        get("/teams/7?id=8").bearer(issuer.token().scope("team_8").sign()),
        needs("team_7"),
    );
    group.row("an array", get("/teams/7").bearer(issuer.token().scopes(["team_8", "team_7"]).sign()), page());
    group.row("no token", get("/teams/7"), no_token());
    for (token, want) in
        [("beta team_7", page()), ("beta team_8", needs("beta team_7")), ("team_7", needs("beta team_7"))]
    {
        group.row(
            format!("and a scope: {token}"),
            get("/teams/7/beta").bearer(issuer.token().scope(token).sign()),
            want,
        );
    }
    group
}

/// Several scopes at once, and the challenges that name what is missing.
pub(crate) fn combinations(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("scopes: combinations");
    let rows: Vec<(&str, &str, Want)> = vec![
        ("/both", "alpha beta", page()),
        ("/both", "beta api alpha", page()),
        ("/both", "alpha", needs("alpha beta")),
        ("/both", "beta", needs("alpha beta")),
        ("/both", "", needs("alpha beta")),
        ("/guarded/both", "beta alpha", page()),
        ("/guarded/both", "beta", needs("alpha beta")),
        ("/either", "alpha", page()),
        ("/either", "beta", page()),
        ("/either", "api", needs("alpha")),
        ("/either", "", needs("alpha")),
        // The narrowest that would do.
        ("/api", "", needs("api:v1")),
        ("/levels/either", "", needs("read")),
        ("/levels/either", "symbols", needs("read")),
        ("/levels/either", "audit", page()),
        // All of them together, held ones included.
        ("/levels/both", "", needs("read symbols")),
        ("/levels/both", "read", needs("read symbols")),
        ("/levels/both", "symbols", needs("read symbols")),
        ("/levels/mixed", "admin", page()),
        ("/levels/mixed", "read symbols", page()),
        ("/levels/mixed", "write symbols", page()),
        ("/levels/mixed", "write", needs("symbols read")),
        ("/levels/mixed", "symbols", needs("symbols read")),
        ("/levels/mixed", "", needs("symbols read")),
    ];
    for (path, scope, want) in rows {
        group.row(
            format!("{path} with {scope:?}"),
            get(path).bearer(issuer.token().scope(scope).sign()),
            want,
        );
    }
    group
}

/// Permissions: names of their own, which no scope stands in for.
pub(crate) fn permissions(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("scopes: permissions");
    let ask = |path: &str, scope: &str, permissions| -> Request {
        get(path).bearer(issuer.token().scope(scope).claim("permissions", permissions).sign())
    };
    let rows = vec![
        ("/owner", "", json!(["OWNER"]), page()),
        ("/owner", "", json!("ADMIN OWNER"), page()),
        ("/owner", "", json!(["ADMIN"]), forbidden()),
        ("/owner", "", json!(["owner"]), forbidden()),
        ("/owner", "", json!(["OWNER ADMIN"]), forbidden()),
        ("/owner", "", json!(["*"]), forbidden()),
        ("/owner", "OWNER", json!([]), forbidden()),
        ("/owner", "alpha beta api", json!(["alpha"]), forbidden()),
        ("/owner", "", json!(1), bad_token("malformed_claim")),
        ("/owner", "", json!(null), bad_token("malformed_claim")),
        ("/publish", "alpha", json!(["OWNER"]), page()),
        ("/publish", "alpha", json!(["ADMIN"]), page()),
        ("/publish", "alpha", json!([]), forbidden()),
        ("/publish", "beta", json!(["OWNER"]), needs("alpha")),
        ("/publish", "beta", json!([]), forbidden()),
        ("/publish", "OWNER", json!(["alpha"]), forbidden()),
        ("/alpha-or-owner", "alpha", json!([]), page()),
        ("/alpha-or-owner", "", json!(["OWNER"]), page()),
        ("/alpha-or-owner", "beta", json!(["ADMIN"]), needs("alpha")),
    ];
    for (path, scope, permissions, want) in rows {
        group.row(format!("{path} with {scope:?} and {permissions}"), ask(path, scope, permissions), want);
    }
    group.row("/owner without the claim", get("/owner").bearer(issuer.token().sign()), forbidden());
    group.row("/owner without a token", get("/owner"), no_token());
    // Kept outside of the token: those of the token count no more.
    group.row("in a database: found", ask("/database/user-1", "", json!([])), page());
    group.row("in a database: not found", ask("/database/user-2", "", json!([])), forbidden());
    group.row(
        "in a database: in the token alone",
        ask("/database/user-2", "", json!(["OWNER"])),
        forbidden(),
    );
    group
}
