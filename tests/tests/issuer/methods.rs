//! Methods, and paths that are almost right.

use crate::client::{Request, encoded, post};
use crate::desk::{AUTHORIZE, INTROSPECT, REVOKE, TOKEN, Want, all_alike, at_each};

#[test]
fn only_post_gets_a_token() {
    let form = encoded(&[
        ("grant_type", "client_credentials"),
        ("client_id", "m2m"),
        ("client_secret", scopa_tests::M2M_SECRET),
    ]);
    let mut rows = Vec::new();
    for path in [TOKEN, INTROSPECT, REVOKE] {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "post"] {
            let request = Request::new(method, format!("{path}?{form}"));
            rows.push((format!("{method} {path}"), request, Want::status(405).field("allow", "POST")));
        }
    }
    all_alike(rows);
}

#[test]
fn documents_are_read_and_pages_are_read_or_sent() {
    let mut rows = Vec::new();
    for path in
        ["/oauth2/jwks", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
    {
        for method in ["POST", "PUT", "DELETE"] {
            let want = Want::status(405).field("allow", "GET, HEAD");
            rows.push((format!("{method} {path}"), Request::new(method, path), want));
        }
    }
    for method in ["HEAD", "PUT", "DELETE", "OPTIONS"] {
        let want = Want::status(405).field("allow", "GET, POST");
        rows.push((format!("{method} {AUTHORIZE}"), Request::new(method, AUTHORIZE), want));
    }
    all_alike(rows);
}

#[test]
fn another_path_is_not_here() {
    at_each(|desk| {
        for path in [
            "/oauth2/token/",
            "/oauth2/Token",
            "/oauth2//token",
            "/oauth2/token/x",
            "/oauth2",
            "/oauth2/tok%65n",
        ] {
            let form = [("grant_type", "client_credentials")];
            let answer = desk.ask(&post(path).form(&form).basic("m2m", scopa_tests::M2M_SECRET));
            assert_eq!((answer.status, &*answer.body), (404, ""), "{}: {path}", desk.server);
        }
    });
}
