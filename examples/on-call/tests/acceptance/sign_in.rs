use std::sync::Arc;
use std::time::Duration;

use example_on_call::OnCall;
use scopa_axum::SystemClock;
use scopa_axum::issuer::DigestKey;
use scopa_systems::{Outcome, store};
use serde_json::json;

use crate::browser::{Browser, token_of};
use crate::service::{Application, CALLBACK, Service, request, serve_apart};

const ELSEWHERE: [(&str, &str); 6] = [
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", "same-site"),
    ("Sec-Fetch-Site", "none"),
    ("Origin", "https://evil.example"),
    ("Origin", "null"),
    ("Accept", "*/*"),
];

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer_and_no_session() -> Outcome {
    let service = Service::start("wrong-password").await?;
    let path = request(&service.application().await?.id, None);
    let mut answers = Vec::new();
    for path in ["/app/sign-in", &path] {
        let of_bob = service.password("bob");
        for (user, password) in [("alice", "guess"), ("alice", &of_bob), ("carol", "guess"), ("", "")] {
            let mut browser = Browser::new(&service.http);
            let answer = browser.sign_in(path, user, password).await?.expect(403)?;
            assert!(answer.fields("set-cookie").is_empty() && browser.cookies.is_empty());
            assert!(browser.look(path).await?.body().contains("Sign in"));
            answers.push(answer.body().to_owned());
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    Ok(())
}

#[tokio::test]
async fn no_other_site_signs_a_browser_in_or_out_or_consents_or_registers_with_it() -> Outcome {
    let service = Service::start("elsewhere").await?;
    let client = service.application().await?;
    let path = request(&client.id, None);
    let password = service.password("alice");
    for from in ELSEWHERE {
        for path in ["/app/sign-in", &path] {
            let mut browser = Browser::new(&service.http);
            let form = [("step", "sign-in"), ("user", "alice"), ("password", &password)];
            let answer = browser.submit_as(from, path, &form).await?.expect(403)?;
            assert!(answer.fields("set-cookie").is_empty(), "{from:?} {path}");
        }
    }
    let mut browser = service.browser_of("alice").await?;
    let token = token_of(&browser.look(&path).await?);
    for from in ELSEWHERE {
        for step in ["allow", "deny", "sign-out"] {
            let answer = browser.submit_as(from, &path, &[("step", step), ("session", &token)]).await?;
            assert_eq!((answer.status(), answer.field("location")), (403, None), "{from:?} {step}");
        }
        for (method, path) in [
            ("POST", "/app/oauth-applications".to_owned()),
            ("POST", format!("/app/oauth-applications/{}/secret", client.id)),
            ("DELETE", format!("/app/oauth-applications/{}", client.id)),
            ("DELETE", "/app/account".to_owned()),
        ] {
            let call = browser.with_cookies(service.http.request(method, &path).header(from.0, from.1));
            call.json(&json!({"name": "x", "redirect_uris": [CALLBACK]}))
                .send()
                .await?
                .expect_error(403, "not_signed_in")?;
        }
    }
    // A browser without Sec-Fetch-Site names the origin.
    let own = service.http.origin().to_owned();
    let form = [("step", "allow"), ("session", &*token)];
    let answer = browser.submit_as(("Origin", &own), &path, &form).await?;
    assert!(answer.sent_with("code").is_some(), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn consent_counts_for_who_was_asked() -> Outcome {
    let service = Service::start("consent").await?;
    let path = request(&service.application().await?.id, None);
    let mut browser = service.browser_of("alice").await?;
    let of_alice = token_of(&browser.look(&path).await?);
    browser.sign_in(&path, "bob", &service.password("bob")).await?.expect(303)?;
    let of_bob = token_of(&browser.look(&path).await?);
    for token in [&*of_alice, "", "nonsense"] {
        let answer = browser.submit(&path, &[("step", "allow"), ("session", token)]).await?.expect(403)?;
        assert_eq!(answer.sent_with("code"), None);
    }
    for step in ["", "other"] {
        browser.submit(&path, &[("step", step), ("session", &of_bob)]).await?.expect(403)?;
    }
    let answer = browser.submit(&path, &[("step", "allow"), ("session", &of_bob)]).await?;
    assert!(answer.sent_with("code").is_some());
    // Without the cookie nobody is signed in, and the token alone is worth nothing.
    browser.cookies.clear();
    browser.submit(&path, &[("step", "allow"), ("session", &of_bob)]).await?.expect(403)?;
    Ok(())
}

#[tokio::test]
async fn a_session_that_was_planted_or_has_ended_is_worth_nothing() -> Outcome {
    let service = Service::start("planted").await?;
    let path = request(&service.application().await?.id, None);
    let is_signed_in = async |cookie: &str| -> Outcome<bool> {
        let mut browser = Browser::new(&service.http);
        browser.cookies.insert("session".into(), cookie.into());
        Ok(browser.look(&path).await?.body().contains("Allow access?"))
    };
    let mut victim = Browser::new(&service.http);
    victim.cookies.insert("session".into(), "planted".into());
    victim.sign_in(&path, "alice", &service.password("alice")).await?.expect(303)?;
    assert!(!is_signed_in("planted").await?);
    let first = victim.cookies["session"].clone();
    assert!(is_signed_in(&first).await?);
    // Two of that name: which is ours, nobody knows.
    assert!(!is_signed_in(&format!("planted; session={first}")).await?);

    // Signing in anew, or out, ends the former session, not only its cookie; so does an hour.
    victim.sign_in(&path, "alice", &service.password("alice")).await?.expect(303)?;
    assert!(!is_signed_in(&first).await?);
    let second = victim.cookies["session"].clone();
    let token = token_of(&victim.look(&path).await?);
    victim.submit(&path, &[("step", "sign-out"), ("session", &token)]).await?.expect(303)?;
    assert!(victim.cookies.is_empty() && !is_signed_in(&second).await?);
    victim.sign_in(&path, "alice", &service.password("alice")).await?.expect(303)?;
    let third = victim.cookies["session"].clone();
    service.clock.advance(Duration::from_secs(3599));
    assert!(is_signed_in(&third).await?);
    service.clock.advance(Duration::from_secs(1));
    assert!(!is_signed_in(&third).await?);
    Ok(())
}

#[tokio::test]
async fn scripts_and_other_hosts_do_not_get_at_the_cookie() -> Outcome {
    for (origin, start, end) in [
        ("https://localhost", "__Host-session=", "; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure"),
        ("http://localhost", "session=", "; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax"),
    ] {
        let (store, clock) = (store("cookie").await?, Arc::new(SystemClock));
        let on_call = OnCall::new(origin, store, DigestKey::generate()?, clock, Duration::ZERO)?;
        let (http, _place) = serve_apart(on_call.routes()?)?;
        let (name, password) = on_call.people.passwords().remove(0);
        let answer = Browser::new(&http).sign_in("/app/sign-in", name, &password).await?.expect(303)?;
        assert_eq!(answer.fields("cache-control"), ["no-store"]);
        let cookie = answer.field("set-cookie").ok_or("no cookie, or several")?;
        assert!(cookie.starts_with(start) && cookie.ends_with(end), "{cookie}");
    }
    Ok(())
}

#[tokio::test]
async fn pages_are_not_framed_not_kept_and_run_no_script() -> Outcome {
    let service = Service::start("pages").await?;
    let mut browser = service.browser_of("alice").await?;
    let name = r#"<script>alert("1")</script>"#;
    let path = request(&browser.application(name).await?.id, None);
    let consent = browser.look(&path).await?;
    let signed_in = browser.look("/app/sign-in").await?;
    let refused = browser.submit_as(("Origin", "null"), &path, &[]).await?;
    let mut stranger = Browser::new(&service.http);
    let (there, here) = (stranger.look(&path).await?, stranger.look("/app/sign-in").await?);
    let wrong = stranger.sign_in("/app/sign-in", name, name).await?;
    assert!(consent.body().contains("Allow access?") && there.body().contains("to go on to"));
    for page in [consent, signed_in, refused, there, here, wrong] {
        let policies = page.fields("content-security-policy").join(", ");
        assert!(policies.contains("frame-ancestors 'none'"), "{page:?}");
        assert!(policies.contains("default-src 'none'") && !policies.contains("unsafe"), "{page:?}");
        assert_eq!(page.fields("cache-control"), ["no-store"]);
        assert_eq!(page.fields("content-type"), ["text/html; charset=utf-8"]);
        assert_eq!(page.fields("referrer-policy"), ["same-origin"]);
        assert!(!page.body().contains("<script"), "{page:?}");
    }
    Ok(())
}

#[tokio::test]
async fn applications_are_for_their_authors() -> Outcome {
    let service = Service::start("authors").await?;
    let alice = service.browser_of("alice").await?;
    let bob = service.browser_of("bob").await?;
    let client = alice.application("terminal").await?;
    let path = format!("/app/oauth-applications/{}", client.id);
    for (method, path) in [("DELETE", path.clone()), ("POST", format!("{path}/secret"))] {
        bob.script(method, &path).send().await?.expect_error(404, "not_found")?;
        for nobody in ["nobody", "%ff"] {
            let nobody = path.replace(&client.id, nobody);
            alice.script(method, &nobody).send().await?.expect_error(404, "not_found")?;
        }
        let stranger = Browser::new(&service.http).script(method, &path).send().await?;
        let stranger = stranger.expect_error(403, "not_signed_in")?;
        assert_eq!(stranger.fields("cache-control"), ["no-store"]);
    }

    // A second secret, beside the first.
    let second = alice.script("POST", &format!("{path}/secret")).send().await?.expect(201)?;
    assert_eq!((second.members()?.len(), second.text("client_id")?), (2, client.id.clone()));
    let second = Application { secret: second.text("client_secret")?, ..client.clone() };
    assert_ne!(client.secret, second.secret);
    for client in [&client, &second] {
        service.introspect(client, "x").await?.expect(200)?;
    }

    for (draft, status) in [
        (json!({"name": "x", "redirect_uris": ["http://app.example.com/callback"]}), 400),
        (json!({"name": "x", "redirect_uris": ["javascript:alert(1)"]}), 400),
        (json!({"name": "x", "redirect_uris": []}), 400),
        (json!({"name": "", "redirect_uris": [CALLBACK]}), 400),
        (json!({"name": "x"}), 400),
        (json!([]), 400),
    ] {
        alice.make(&draft).await?.expect_error(status, "invalid_request")?;
    }
    // Who asks about its tokens is not told whose it is.
    let tokens = service.tokens(&client, None).await?;
    let told = service.introspect(&client, &tokens.access).await?.json()?;
    assert_eq!((&told["active"], told.get("owner")), (&json!(true), None));
    Ok(())
}

#[tokio::test]
async fn nobody_has_applications_without_end() -> Outcome {
    let service = Service::start("many").await?;
    let alice = service.browser_of("alice").await?;
    let first = alice.application("first").await?;
    let draft = json!({"name": "x", "redirect_uris": [CALLBACK]});
    let mut made = tokio::task::JoinSet::new();
    for _ in 0..25 {
        made.spawn(alice.script("POST", "/app/oauth-applications").json(&draft).send());
    }
    let mut statuses: Vec<u16> = Vec::new();
    for answer in made.join_all().await {
        statuses.push(answer?.status());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [&[201; 19][..], &[409; 6]].concat());
    service.browser_of("bob").await?.application("another").await?;
    // One that ends makes room.
    alice.script("DELETE", &format!("/app/oauth-applications/{}", first.id)).send().await?.expect(204)?;
    alice.make(&draft).await?.expect(201)?;
    alice.make(&draft).await?.expect_error(409, "invalid_request")?;
    Ok(())
}

#[tokio::test]
async fn who_leaves_leaves_no_application_behind() -> Outcome {
    let service = Service::start("left-behind").await?;
    let (alice, mut bob) = (service.browser_of("alice").await?, service.browser_of("bob").await?);
    let (hers, his) = (alice.application("hers").await?, bob.application("his").await?);
    let mut tokens = Vec::new();
    for client in [&hers, &his] {
        let code =
            bob.consent(&request(&client.id, None), "allow").await?.sent_with("code").ok_or("no code")?;
        tokens.push(service.redeem(client, &code).send().await?.expect(200)?.text("access_token")?);
    }
    alice.script("DELETE", "/app/account").send().await?.expect(204)?;
    // Her application has no secret any more, and brings nobody a token; what bob gave it has ended.
    service.introspect(&hers, &tokens[0]).await?.expect_error(401, "invalid_client")?;
    service.rest(&tokens[0]).await?.expect_invalid_token()?;
    bob.look(&request(&hers.id, None)).await?.expect(400)?;
    // His goes on.
    service.introspect(&his, &tokens[1]).await?.expect(200)?;
    service.rest(&tokens[1]).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn what_the_apis_cannot_take_is_told_in_json() -> Outcome {
    let service = Service::start("json").await?;
    let token = service.tokens(&service.application().await?, None).await?.access;
    let send = async |method: &str, path: &str, kind: &str, body: &'static str| {
        service.http.request(method, path).bearer(&token).body(kind, body).send().await
    };
    let json = "application/json";
    let made = send("POST", "/api/v1/heartbeats/", json, r#"{"name":"backup","description":"","service":1}"#);
    let made = made.await?.expect(201)?.json()?;
    assert_eq!((&made["id"], &made["states"], &made["service"]), (&json!(1), &json!([]), &json!(1)));
    let changed = send("PUT", "/api/v1/heartbeats/1/", json, r#"{"name":"restore","service":2}"#).await?;
    assert_eq!(changed.expect(200)?.text("name")?, "restore");
    for (method, path, kind, body, status) in [
        ("POST", "/api/v1/heartbeats/", json, "{", 400),
        ("POST", "/api/v1/heartbeats/", json, "{}", 400),
        ("POST", "/api/v1/heartbeats/", "text/plain", "{}", 415),
        ("PUT", "/api/v1/heartbeats/1/", json, "[]", 400),
        ("PUT", "/api/v1/heartbeats/2/", json, r#"{"name":"x","service":2}"#, 404),
        ("GET", "/api/v1/heartbeats/x/", json, "", 404),
        ("GET", "/api/v1/heartbeats/18446744073709551616/", json, "", 404),
        ("GET", "/api/v1/heartbeats/%ff/", json, "", 404),
        ("GET", "/api/v1/schedules/%ff/shifts/", json, "", 404),
        ("DELETE", "/api/v1/heartbeats/2/", json, "", 404),
        ("PATCH", "/api/v1/heartbeats/1/", json, "", 405),
        ("GET", "/api/v1/nothing/", json, "", 404),
        ("GET", "/api/v1/heartbeats/checkin/x/a/b", json, "", 404),
        ("GET", "/api/v1/heartbeats/checkin/1//b", json, "", 404),
        ("GET", "/heartbeats/checkin//", json, "", 404),
        ("GET", "/heartbeats/checkin//production/", json, "", 404),
        ("GET", "/heartbeats/checkin/%ff/", json, "", 404),
        ("POST", "/graphql", json, "{", 400),
        ("POST", "/graphql", "text/plain", "{}", 415),
    ] {
        let answer = send(method, path, kind, body).await?.expect(status)?;
        assert_eq!(answer.members()?, ["detail", "error"], "{method} {path}");
        assert_eq!(answer.fields("cache-control"), ["no-store"], "{method} {path}");
        assert_eq!(answer.field("allow").is_some(), status == 405, "{method} {path}");
    }
    send("GET", "/api/v1/heartbeats/checkin/1/a/b", json, "").await?.expect(200)?;
    // So are refusals: the vendor's client stumbles over a body without `detail`.
    let path = "/api/v1/heartbeats/";
    for call in
        [service.http.get(path), service.http.get(path).bearer("nope"), service.http.get(path).bearer("a b")]
    {
        let answer = call.send().await?;
        assert!(answer.challenge().is_some() && !answer.text("detail")?.is_empty(), "{answer:?}");
        assert_eq!(answer.fields("content-type"), ["application/json"]);
    }
    for path in ["/api/v1/heartbeats/", "/graphql"] {
        let large = format!(r#"{{"name":"{}","service":1}}"#, "x".repeat(16 * 1024));
        let answer = service.http.post(path).bearer(&token).body(json, large).send().await?;
        assert_eq!(answer.expect(413)?.members()?, ["detail", "error"], "{path}");
    }
    // An error of GraphQL is an answer of GraphQL.
    let answer = send("POST", "/graphql", json, r#"{"query":"{ secrets }"}"#).await?.expect(200)?;
    assert!(answer.json()?["errors"].is_array(), "{answer:?}");
    send("DELETE", "/api/v1/heartbeats/1/", json, "").await?.expect(204)?;
    send("GET", "/api/v1/heartbeats/1/", json, "").await?.expect(404)?;
    Ok(())
}
