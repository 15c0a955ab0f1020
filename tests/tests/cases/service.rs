//! What the service is set up for: optional callers, names, other statuses, outages, handlers, methods.

use scopa_testing::TestIssuer;

use super::client::{Request, get};
use super::want::{
    anonymous, bad_request, bad_token, forbidden, misconfigured, needs, no_token, not_found, page,
    unavailable,
};
use super::{Group, Want};

/// Routes that are open, and routes that callers without credentials may use.
pub(crate) fn optional(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("service: open and optional");
    let t = issuer.token().sign();
    let forged = issuer.token().signed_by_a_stranger().sign();
    let expired = issuer.token().expired().sign();
    group.row("open: no token", get("/public"), anonymous());
    group.row("open: a forged token", get("/public").bearer(&forged), anonymous());
    group.row("open: two fields", get("/public").bearer(&t).bearer(&t), anonymous());
    group.row("optional: no token", get("/optional"), anonymous());
    group.row("optional: an empty field", get("/optional").authorization(""), anonymous());
    group.row("optional: another scheme", get("/optional").authorization("Basic dXNlcjpwYXNz"), anonymous());
    group.row("optional: a good token", get("/optional").bearer(&t), page());
    group.row("optional: a forged token", get("/optional").bearer(&forged), bad_token("bad_signature"));
    group.row("optional: an expired token", get("/optional").bearer(&expired), bad_token("expired"));
    group.row("optional: a word for a token", get("/optional").bearer("null"), bad_token("not_a_jwt"));
    group.row("optional: the scheme alone", get("/optional").authorization("Bearer"), bad_request());
    group.row("optional: two fields", get("/optional").bearer(&t).bearer(&t), bad_request());
    group.row("a tree: the open route", get("/tree/open"), anonymous());
    group.row("a tree: the open route with a forged token", get("/tree/open").bearer(&forged), anonymous());
    group.row("a tree: the closed route", get("/tree/closed"), no_token());
    group.row("a tree: the closed route with a token", get("/tree/closed").bearer(&t), page());
    group.row(
        "a tree: the closed route with a forged token",
        get("/tree/closed").bearer(&forged),
        bad_token("bad_signature"),
    );
    for path in ["/", "/nothing", "/anything", "/teams", "/teams/", "/teams/7/", "/teams/7/8"] {
        group.row(format!("not there: {path}"), get(path), not_found());
        group.row(format!("not there: {path} with a token"), get(path).bearer(&t), not_found());
    }
    group
}

/// Realm, metadata and statuses.
pub(crate) fn settings(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("service: settings");
    let t = issuer.token().sign();
    let names = |parameters: &str| {
        format!(
            r#"Bearer realm="crashes \\ \"eu\"", {parameters}resource_metadata="https://api.example.com/.well-known/oauth-protected-resource""#
        )
    };
    let description = |error: &str, description: &str| {
        names(&format!(r#"error="{error}", error_description="{description}", "#))
    };
    group.row("named: no token", get("/named"), no_token().challenge(&names("")));
    group.row(
        "named: two fields",
        get("/named").bearer(&t).bearer(&t),
        bad_request().challenge(&description("invalid_request", "the credentials are malformed")),
    );
    group.row(
        "named: a bad token",
        get("/named").bearer("forged"),
        bad_token("not_a_jwt")
            .challenge(&description("invalid_token", "the access token is invalid or expired")),
    );
    let lacking = r#"error="insufficient_scope", error_description="the access token lacks the scope that is needed", scope="alpha", "#;
    group.row(
        "named: without the scope",
        get("/named").bearer(&t),
        needs("alpha").challenge(&names(lacking)),
    );
    group.row("named: with the scope", get("/named").bearer(issuer.token().scope("alpha").sign()), page());

    group.row("other statuses: no token", get("/other-status"), no_token().status(403));
    group.row(
        "other statuses: two fields",
        get("/other-status").bearer(&t).bearer(&t),
        bad_request().status(422),
    );
    group.row(
        "other statuses: a bad token",
        get("/other-status").bearer("forged"),
        bad_token("not_a_jwt").status(403),
    );
    group.row(
        "other statuses: without the scope",
        get("/other-status").bearer(&t),
        needs("alpha").status(401),
    );
    group.row(
        "other statuses: with the scope",
        get("/other-status").bearer(issuer.token().scope("alpha").sign()),
        page(),
    );

    // Our own mistake is no fault of the caller, who learns nothing of it.
    group.row(
        "misconfigured: a good token",
        get("/misconfigured").bearer(&t),
        misconfigured("name the path parameter `id`"),
    );
    group.row("misconfigured: no token", get("/misconfigured"), no_token());
    group.row("misconfigured: a bad token", get("/misconfigured").bearer("forged"), bad_token("not_a_jwt"));
    group
}

/// Keys that must be asked for, and keys that cannot be had.
pub(crate) fn outage(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("service: keys out of reach");
    let t = issuer.token().sign();
    for path in ["/outage", "/outage/guarded", "/outage/optional"] {
        let optional = path.ends_with("optional");
        group.row(format!("{path}: a good token"), get(path).bearer(&t), unavailable());
        group.row(
            format!("{path}: a forged token"),
            get(path).bearer(issuer.token().signed_by_a_stranger().sign()),
            unavailable(),
        );
        group.row(
            format!("{path}: an expired token"),
            get(path).bearer(issuer.token().expired().sign()),
            unavailable(),
        );
        group.row(format!("{path}: no token"), get(path), if optional { anonymous() } else { no_token() });
        group.row(format!("{path}: two fields"), get(path).bearer(&t).bearer(&t), bad_request());
        // What no key could mend is told at once.
        group.row(format!("{path}: a word for a token"), get(path).bearer("null"), bad_token("not_a_jwt"));
        group.row(
            format!("{path}: alg none"),
            get(path).bearer(issuer.token().unsigned().sign()),
            bad_token("unsecured"),
        );
        group.row(
            format!("{path}: typ id+jwt"),
            get(path).bearer(issuer.token().header("typ", "id+jwt").sign()),
            bad_token("wrong_type"),
        );
    }
    for path in ["/source", "/source/guarded"] {
        group.row(
            format!("{path}: with the scope"),
            get(path).bearer(issuer.token().scope("alpha").sign()),
            page(),
        );
        group.row(format!("{path}: without the scope"), get(path).bearer(&t), needs("alpha"));
        group.row(
            format!("{path}: a forged token"),
            get(path).bearer(issuer.token().signed_by_a_stranger().sign()),
            bad_token("bad_signature"),
        );
        group.row(format!("{path}: no token"), get(path), no_token());
    }
    group
}

/// What handlers decide.
pub(crate) fn handlers(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("service: handlers");
    let t = issuer.token().sign();
    group.row(
        "who calls",
        get("/whoami").bearer(issuer.token().subject("user-2").sign()),
        super::want::page_for(r#""user-2""#),
    );
    group.row("one's own record", get("/records/user-1").bearer(&t), page());
    group.row("another's record", get("/records/user-2").bearer(&t), forbidden().without_log());
    group.row(
        "another's record, percent-encoded",
        get("/records/user%2D2").bearer(&t),
        forbidden().without_log(),
    );
    group.row("one's own record, percent-encoded", get("/records/user%2D1").bearer(&t), page());
    group.row("a record without a token", get("/records/user-1"), no_token());
    group.row("a claim that fits", get("/tiers/1").bearer(issuer.token().claim("tier", 3).sign()), page());
    group.row("a claim that is not there", get("/tiers/1").bearer(&t), page());
    group.row(
        "a claim that does not fit",
        get("/tiers/1").bearer(issuer.token().claim("tier", "gold").sign()),
        bad_token("malformed_claim"),
    );
    group.row("the word of another validator", get("/foreign/1").bearer(&t), bad_token("foreign_access"));
    group
}

/// Every method is guarded, the harmless ones included (RFC 9110 §9).
pub(crate) fn methods(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("service: methods");
    let with = issuer.token().scope("alpha").sign();
    let without = issuer.token().sign();
    let paths = ["/alpha", "/guarded"];
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"] {
        for path in paths {
            let row = |want: Want| if method == "HEAD" { want.without_body() } else { want };
            let ask = || Request::new(method, path);
            group.row(format!("{method} {path}: with the scope"), ask().bearer(&with), row(page()));
            group.row(
                format!("{method} {path}: without the scope"),
                ask().bearer(&without),
                row(needs("alpha")),
            );
            group.row(format!("{method} {path}: no token"), ask(), row(no_token()));
            group.row(
                format!("{method} {path}: a bad token"),
                ask().bearer("forged"),
                row(bad_token("not_a_jwt")),
            );
        }
    }
    let preflight = Request::new("OPTIONS", "/alpha")
        .field("Origin", "https://evil.example")
        .field("Access-Control-Request-Method", "GET")
        .field("Access-Control-Request-Headers", "authorization");
    group.row("what a browser asks first", preflight, no_token());
    for (name, value) in [
        ("X-HTTP-Method-Override", "OPTIONS"),
        ("X-Original-URL", "/public"),
        ("X-Rewrite-URL", "/public"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-User", "user-1"),
        ("X-User", "user-1"),
        ("Connection", "Authorization"),
    ] {
        group.row(format!("{name} changes nothing"), get("/alpha").field(name, value), no_token());
    }
    // gRPC is HTTP/2; over HTTP/1.1 nobody gets a 200 for the price of a header.
    let call = |path: &str| Request::new("POST", path).field("Content-Type", "application/grpc");
    group.row("the content type of gRPC changes nothing", call("/alpha"), no_token());
    group.row("nor does it for a forged token", call("/alpha").bearer("forged"), bad_token("not_a_jwt"));
    group
}
