//! What a client may ask for, and what it gets (RFC 6749 §3.3).

use crate::desk::{By, M2M, SPA, TOKEN, WEB, Want, all_alike, at_each, request};

#[test]
fn a_client_gets_what_it_asks_for_within_what_it_may_have() {
    at_each(|desk| {
        for (asked, given) in [
            (None, "alpha beta"),
            (Some(""), "alpha beta"),
            (Some("alpha"), "alpha"),
            (Some("beta"), "beta"),
            (Some("beta alpha"), "alpha beta"),
            (Some("alpha alpha"), "alpha"),
        ] {
            let form = [Some(GRANT), asked.map(|asked| ("scope", asked))];
            let form: Vec<_> = form.into_iter().flatten().collect();
            let answer = desk.token(&form, M2M);
            assert_eq!(answer.status, 200, "{}: {asked:?}: {answer:?}", desk.server);
            let token = answer.text("access_token").unwrap();
            let said = desk.introspect(&token)["scope"].as_str().unwrap().to_owned();
            // RFC 6749 §5.1: left out only where it is what was asked for.
            let told = answer.text("scope").unwrap_or_else(|| said.clone());
            for scope in [&said, &told] {
                let mut words: Vec<&str> = scope.split(' ').collect();
                words.sort_unstable();
                assert_eq!(words.join(" "), given, "{}: {asked:?}", desk.server);
            }
        }
    });
}

#[test]
fn what_it_may_not_have_is_refused_as_a_whole() {
    let want = Want::error(400, "invalid_scope");
    let long = "a".repeat(3000);
    let many = "alpha ".repeat(1000) + "gamma";
    let rows = [
        ("more than it may have", "alpha api"),
        ("nothing that it may have", "api"),
        ("what includes what it has", "api alpha beta"),
        ("unknown", "gamma"),
        ("unknown beside known", "alpha gamma"),
        ("another case", "Alpha"),
        ("a wildcard", "*"),
        ("a template for its name", "team_{id}"),
        ("a value of a template", "team_7"),
        ("a comma", "alpha,beta"),
        ("a quotation mark", "al\"pha"),
        ("a backslash", "al\\pha"),
        ("a control character", "alpha\u{1}"),
        ("a line's end", "alpha\r\nX-Injected: 1"),
        ("beyond ASCII", "älpha"),
        ("a NUL", "alpha\0"),
        ("a tab between", "alpha\tbeta"),
        ("very long", &long),
        ("very many", &many),
    ];
    let rows = rows.map(|(name, scope)| {
        (name.to_owned(), request(TOKEN, &[GRANT, ("scope", scope)], M2M), want.clone())
    });
    all_alike(rows.into());
}

#[test]
fn a_grant_that_is_not_for_this_client_or_for_nobody_is_refused() {
    let unsupported = Want::error(400, "unsupported_grant_type");
    let unauthorized = Want::error(400, "unauthorized_client");
    let mut rows = Vec::new();
    for name in [
        "password",
        "implicit",
        "token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "CLIENT_CREDENTIALS",
        "client_credentials ",
        "client_credentials\0",
        "x\"y",
    ] {
        let form = [("grant_type", name), ("username", "user-1"), ("password", "x")];
        rows.push((format!("{name:?}"), request(TOKEN, &form, M2M), unsupported.clone()));
    }
    rows.push(("web asks for itself".into(), request(TOKEN, &[GRANT], WEB), unauthorized.clone()));
    rows.push(("a public client asks for itself".into(), request(TOKEN, &[GRANT], SPA), unauthorized));
    rows.push((
        "an unknown client and an unknown grant".into(),
        request(TOKEN, &[("grant_type", "password")], By::Post("nobody", "x")),
        Want::error(400, "invalid_client"),
    ));
    all_alike(rows);
}

#[test]
fn a_resource_is_one_that_the_client_may_ask_for() {
    let want = Want::error(400, "invalid_target");
    let other = "https://other.example.com";
    let ask = |resources: &[&'static str]| {
        let resources = resources.iter().map(|resource| ("resource", *resource));
        request(TOKEN, &[GRANT].into_iter().chain(resources).collect::<Vec<_>>(), M2M)
    };
    all_alike(vec![
        ("another".into(), ask(&[other]), want.clone()),
        ("ours and another".into(), ask(&[crate::desk::AUDIENCE, other]), want.clone()),
        ("another spelling".into(), ask(&["https://API.example.com"]), want.clone()),
        ("with a fragment".into(), ask(&["https://api.example.com#x"]), want),
    ]);
    at_each(|desk| {
        let answer = desk.ask(&ask(&[crate::desk::AUDIENCE, crate::desk::AUDIENCE]));
        assert_eq!(answer.status, 200, "{}: {answer:?}", desk.server);
    });
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
