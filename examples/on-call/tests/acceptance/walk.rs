use std::time::Duration;

use example_on_call::{TWO_YEARS, api_alone, asking};
use scopa_axum::Clock as _;
use scopa_systems::{Outcome, Walk};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::data_files;
use crate::service::{
    Application, CALLBACK, CHALLENGE, STATE, Service, Tokens, VERIFIER, request, request_of, serve_apart,
};

#[tokio::test]
async fn every_step_of_the_script() -> Outcome {
    let mut walk = Walk::of("opsduty", 19);
    let service = Service::start("walk").await?;
    let client = making_an_application(&mut walk, &service).await?;
    the_flow(&mut walk, &service, &client).await?;
    each_scope_opens_its_own_api(&mut walk, &service, &client).await?;
    what_is_no_token(&mut walk, &service).await?;
    codes_that_are_not_good(&mut walk, &service, &client).await?;
    requests_that_are_not_taken(&mut walk, &service, &client).await?;
    clients_that_are_not_who_they_say(&mut walk, &service, &client).await?;
    refreshing(&mut walk, &service, &client).await?;
    twenty_at_once(&mut walk, &service, &client).await?;
    revoking(&mut walk, &service, &client).await?;
    two_years_later(&mut walk).await?;
    a_person_leaves(&mut walk).await?;
    the_issuer_is_away(&mut walk).await?;
    data_files::each_gets_its_verdict(&mut walk).await?;
    walk.finish()
}

async fn making_an_application(walk: &mut Walk, service: &Service) -> Outcome<Application> {
    let alice = service.browser_of("alice").await?;
    let draft = json!({"name": "terminal", "redirect_uris": [CALLBACK]});
    let made = alice.make(&draft).await?.expect(201)?;
    let names = ["client_id", "client_secret", "name", "redirect_uris", "scopes"];
    assert_eq!(made.members()?, names);
    assert_eq!(made.json()?["scopes"], json!(["api", "api:v1"]));
    assert_eq!(made.json()?["redirect_uris"], json!([CALLBACK]));
    assert_eq!(made.field("cache-control"), Some("no-store"));
    walk.step(1, "a person makes an application: id, and the secret this once");
    Ok(Application { id: made.text("client_id")?, secret: made.text("client_secret")? })
}

async fn the_flow(walk: &mut Walk, service: &Service, client: &Application) -> Outcome {
    // Nobody is signed in: the page is there all the same, and after it the question.
    let path = request(&client.id, None);
    let mut browser = Browser::new(&service.http);
    let page = browser.look(&path).await?.expect(200)?;
    assert!(page.body().contains("Sign in") && page.field("location").is_none());
    let back = browser.sign_in(&path, "alice", &service.password("alice")).await?.expect(303)?;
    assert_eq!(back.field("location"), Some(&*path));
    let page = browser.look(&path).await?.expect(200)?;
    for words in ["terminal", "alice", "<code>api</code>", "<code>api:v1</code>", CALLBACK] {
        assert!(page.body().contains(words), "{words} is not in {page:?}");
    }
    // After a form 303 and not 302 (RFC 9700 §4.12): the browser does not send the form on.
    let answer = browser.consent(&path, "allow").await?.expect(303)?;
    assert!(answer.field("location").unwrap().starts_with(&format!("{CALLBACK}?")));
    assert_eq!(answer.sent_with("state").as_deref(), Some(STATE));
    assert_eq!(answer.sent_with("iss").as_deref(), Some(service.http.origin()));
    let code = answer.sent_with("code").ok_or("no code")?;
    let denied = browser.consent(&path, "deny").await?;
    assert_eq!(denied.sent_with("error").as_deref(), Some("access_denied"));
    assert_eq!((denied.sent_with("code"), denied.sent_with("state").as_deref()), (None, Some(STATE)));
    walk.step(2, "the request of oauth2c (nonce, no scope), consent, a code at the callback, the same state");

    let answer = service.redeem(client, &code).send().await?.expect(200)?;
    let body = answer.json()?;
    assert_eq!(answer.members()?, ["access_token", "expires_in", "refresh_token", "scope", "token_type"]);
    assert_eq!((&body["expires_in"], &body["token_type"]), (&json!(63_072_000), &json!("Bearer")));
    assert_eq!(words(&body["scope"]), ["api", "api:v1"]);
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    let tokens = Tokens::of(&answer)?;
    assert!(!tokens.access.contains('.'), "it is opaque");
    walk.step(3, "raw Basic and the right verifier: two years, both scopes, no-store");

    for scheme in ["Bearer", "bearer"] {
        let field = format!("{scheme} {}", tokens.access);
        let list = service.http.get("/api/v1/heartbeats/").header("Authorization", field).send().await?;
        assert_eq!(list.expect(200)?.json()?["items"], json!([]));
    }
    let graph = service.graph(&tokens.access).await?.expect(200)?.json()?;
    assert_eq!((&graph["data"]["me"], &graph["errors"]), (&json!("alice"), &Value::Null));
    service.http.get("/heartbeats/checkin/x/").send().await?.expect(200)?;
    service.http.get("/heartbeats/checkin/x/production/").send().await?.expect(200)?;
    walk.step(4, "the token opens both APIs, bearer in any case; a public check-in needs none");

    service.redeem(client, &code).send().await?.expect_error(400, "invalid_grant")?;
    service.rest(&tokens.access).await?.expect_invalid_token()?;
    service.refresh(client, &tokens.refresh, None).send().await?.expect_error(400, "invalid_grant")?;
    walk.step(9, "a code that comes twice is refused, and the tokens of its first use are dead");
    Ok(())
}

async fn each_scope_opens_its_own_api(walk: &mut Walk, service: &Service, client: &Application) -> Outcome {
    let graph = service.tokens(client, Some("api")).await?.access;
    service.graph(&graph).await?.expect(200)?;
    service.rest(&graph).await?.expect_scope(403, "api:v1")?;
    walk.step(5, "`api` opens the GraphQL API, and not the REST API");
    let rest = service.tokens(client, Some("api:v1")).await?.access;
    service.rest(&rest).await?.expect(200)?;
    service.graph(&rest).await?.expect_scope(403, "api")?;
    walk.step(6, "`api:v1` opens the REST API, and not the GraphQL API");

    // The rights of the person come on top, and no scope helps: bob may see the one schedule and not the other.
    let mut bob = service.browser_of("bob").await?;
    let code = bob.consent(&request(&client.id, None), "allow").await?.sent_with("code").ok_or("no code")?;
    let of_bob = Tokens::of(&service.redeem(client, &code).send().await?.expect(200)?)?.access;
    let shifts = |schedule: &str, token: &str| {
        service.http.get(&format!("/api/v1/schedules/{schedule}/shifts/")).bearer(token).send()
    };
    shifts("2", &rest).await?.expect(200)?;
    shifts("1", &of_bob).await?.expect(200)?;
    shifts("2", &of_bob).await?.expect_no_challenge()?.expect_error(403, "forbidden")?;
    shifts("3", &of_bob).await?.expect_error(404, "not_found")?;
    walk.step(6, "who may not see a schedule gets 403 without a challenge");
    Ok(())
}

async fn what_is_no_token(walk: &mut Walk, service: &Service) -> Outcome {
    for path in ["/api/v1/heartbeats/", "/api/v1/incidents/", "/api/v1/schedules/1/shifts/"] {
        service.http.get(path).send().await?.expect_bare_challenge()?;
        service.http.get(path).header("Authorization", "").send().await?.expect_bare_challenge()?;
        service.http.get(path).header("Authorization", "Basic eDp5").send().await?.expect_bare_challenge()?;
        service.http.get(path).bearer("nope").send().await?.expect_invalid_token()?;
        for malformed in ["Bearer", "Bearer a b"] {
            let answer =
                service.http.get(path).header("Authorization", malformed).send().await?.expect(400)?;
            assert_eq!(answer.challenged("error"), Some("invalid_request"));
        }
        let twice = service.http.get(path).bearer("a").bearer("b").send().await?.expect(400)?;
        assert_eq!(twice.challenged("error"), Some("invalid_request"));
    }
    service.http.post("/graphql").send().await?.expect_bare_challenge()?;
    service.graph("nope").await?.expect_invalid_token()?;
    walk.step(7, "no token: 401 and a bare challenge; a token of nobody: 401 invalid_token");
    Ok(())
}

async fn codes_that_are_not_good(walk: &mut Walk, service: &Service, client: &Application) -> Outcome {
    let code = service.code(client, None).await?;
    let other = "a".repeat(43);
    service.redeem_with(client, &code, &other).send().await?.expect_error(400, "invalid_grant")?;
    service.redeem(client, &code).send().await?.expect_error(400, "invalid_grant")?;
    walk.step(8, "a wrong verifier spends the code: the right one comes too late");

    let code = service.code(client, None).await?;
    service.clock.advance(Duration::from_secs(60));
    service.redeem(client, &code).send().await?.expect_error(400, "invalid_grant")?;
    let code = service.code(client, None).await?;
    let other = service.application().await?;
    service.redeem(&other, &code).send().await?.expect_error(400, "invalid_grant")?;
    let code = service.code(client, None).await?;
    for address in ["http://localhost:9876/callback/", "http://localhost:9877/callback", ""] {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", address),
            ("code_verifier", VERIFIER),
        ];
        let answer =
            service.http.post("/oauth2/token/").basic(&client.id, &client.secret).form(&form).send().await?;
        assert!(
            matches!((answer.status(), &*answer.text("error")?), (400, "invalid_grant" | "invalid_request")),
            "{answer:?}"
        );
    }
    walk.step(8, "a code is good for a minute, for its client and its redirect address alone");
    Ok(())
}

async fn requests_that_are_not_taken(walk: &mut Walk, service: &Service, client: &Application) -> Outcome {
    let mut browser = service.browser_of("alice").await?;
    let s256 = ("code_challenge_method", "S256");
    let challenge = ("code_challenge", CHALLENGE);
    for (more, error) in [
        (&[][..], "invalid_request"),
        (&[challenge, ("code_challenge_method", "plain")], "invalid_request"),
        (&[challenge], "invalid_request"),
        (&[challenge, s256, ("scope", "api admin")], "invalid_scope"),
        (&[challenge, s256, ("scope", "api:v2")], "invalid_scope"),
    ] {
        let path = request_of(&client.id, CALLBACK, more.iter().copied());
        let answer = browser.look(&path).await?.expect(302)?;
        assert!(answer.field("location").unwrap().starts_with(&format!("{CALLBACK}?")));
        assert_eq!(answer.sent_with("error").as_deref(), Some(error), "{answer:?}");
        assert_eq!((answer.sent_with("state").as_deref(), answer.sent_with("code")), (Some(STATE), None));
    }
    let path = request(&client.id, None).replace("response_type=code", "response_type=token");
    let answer = browser.look(&path).await?;
    assert_eq!(answer.sent_with("error").as_deref(), Some("unsupported_response_type"));

    for (id, redirect_uri) in [
        (&*client.id, "http://localhost:9876/evil"),
        (&client.id, "http://localhost:9877/callback"),
        (&client.id, "http://localhost:9876/callback/"),
        (&client.id, "http://127.0.0.1:9876/callback"),
        ("nobody", CALLBACK),
    ] {
        let answer = browser.look(&request_of(id, redirect_uri, [challenge, s256])).await?.expect(400)?;
        assert_eq!(answer.field("location"), None, "{id} {redirect_uri}");
    }
    walk.step(10, "what is wrong goes back with the state, but to a registered address alone");
    Ok(())
}

async fn clients_that_are_not_who_they_say(
    walk: &mut Walk,
    service: &Service,
    client: &Application,
) -> Outcome {
    let code = service.code(client, None).await?;
    let wrong = Application { secret: "wrong".into(), ..client.clone() };
    let nobody = Application { id: "nobody".into(), ..client.clone() };
    let mut told = Vec::new();
    for client in [&wrong, &nobody] {
        let answer = service.redeem(client, &code).send().await?.expect_error(401, "invalid_client")?;
        assert!(answer.challenge().is_some_and(|challenge| challenge.starts_with("Basic")), "{answer:?}");
        assert_eq!(answer.fields("cache-control"), ["no-store"]);
        told.push((answer.challenge().map(str::to_owned), answer.body().to_owned()));
    }
    assert_eq!(told[0], told[1], "nobody learns which ids there are");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", &client.id),
        ("client_secret", &client.secret),
    ];
    let both = service.http.post("/oauth2/token/").basic(&client.id, &client.secret).form(&form);
    both.send().await?.expect_error(400, "invalid_request")?;
    let get = service.http.get("/oauth2/token/").send().await?.expect(405)?;
    assert_eq!(get.field("allow"), Some("POST"));
    // Nobody who failed has spent it.
    service.redeem(client, &code).send().await?.expect(200)?;
    walk.step(11, "a wrong secret: 401 and a Basic challenge; two ways at once: 400");
    Ok(())
}

async fn refreshing(walk: &mut Walk, service: &Service, client: &Application) -> Outcome {
    let first = service.tokens(client, None).await?;
    let answer = service.refresh(client, &first.refresh, None).send().await?.expect(200)?;
    assert_eq!(answer.json()?["expires_in"], json!(63_072_000));
    let second = Tokens::of(&answer)?;
    assert_ne!(first.access, second.access);
    assert_ne!(first.refresh, second.refresh);
    service.rest(&first.access).await?.expect_invalid_token()?;
    assert_eq!(
        service.introspect(client, &first.access).await?.expect(200)?.json()?,
        json!({"active": false})
    );
    service.rest(&second.access).await?.expect(200)?;
    service.refresh(client, &first.refresh, None).send().await?.expect_error(400, "invalid_grant")?;
    service.rest(&second.access).await?.expect_invalid_token()?;
    service.refresh(client, &second.refresh, None).send().await?.expect_error(400, "invalid_grant")?;
    walk.step(12, "a refresh ends the old pair; a used refresh token ends the family");

    let tokens = service.tokens(client, Some("api:v1")).await?;
    let wider = service.refresh(client, &tokens.refresh, Some("api api:v1")).send().await?;
    wider.expect_error(400, "invalid_scope")?;
    let other = service.application().await?;
    service.refresh(&other, &tokens.refresh, None).send().await?.expect_error(400, "invalid_grant")?;
    service.rest(&tokens.refresh).await?.expect_invalid_token()?;
    service.refresh(client, &tokens.access, None).send().await?.expect_error(400, "invalid_grant")?;
    service.rest(&tokens.access).await?.expect(200)?;
    walk.step(13, "no wider scope, and neither token in the place of the other");

    let all = service.tokens(client, None).await?;
    let answer = service.refresh(client, &all.refresh, Some("api")).send().await?.expect(200)?;
    let narrow = Tokens::of(&answer)?;
    let found = service.introspect(client, &narrow.access).await?.json()?;
    assert_eq!(words(&found["scope"]), ["api"]);
    service.rest(&narrow.access).await?.expect_scope(403, "api:v1")?;
    let answer = service.refresh(client, &narrow.refresh, None).send().await?.expect(200)?;
    service.rest(&Tokens::of(&answer)?.access).await?.expect(200)?;
    walk.step(13, "a narrower token, and all that was consented to with the next");
    Ok(())
}

async fn two_years_later(walk: &mut Walk) -> Outcome {
    let service = Service::start("two-years").await?;
    let client = service.application().await?;
    let tokens = service.tokens(&client, None).await?;
    service.clock.advance(Duration::from_secs(60));
    while service.on_call.issuer.purge().await? > 0 {}
    service.clock.advance(TWO_YEARS - Duration::from_secs(61));
    service.rest(&tokens.access).await?.expect(200)?;
    assert_eq!(service.on_call.issuer.purge().await?, 0);
    service.clock.advance(Duration::from_secs(1));
    let expired = service.rest(&tokens.access).await?.expect_invalid_token()?;
    assert!(service.on_call.issuer.purge().await? > 0);
    assert_eq!(service.on_call.issuer.purge().await?, 0);
    // A clock that goes back shows that the record is gone: where it was still there, it would be good again.
    service.clock.set(service.clock.now() - 1);
    let purged = service.rest(&tokens.access).await?.expect_invalid_token()?;
    let never = service.rest("nTnIzYj9h25mrjvH5TeasurwNtcRWP").await?.expect_invalid_token()?;
    for answer in [&purged, &never] {
        assert_eq!((answer.body(), answer.challenge()), (expired.body(), expired.challenge()));
    }
    service.refresh(&client, &tokens.refresh, None).send().await?.expect_error(400, "invalid_grant")?;
    walk.step(14, "good until the last second of two years, then 401 and gone from the store");
    Ok(())
}

async fn twenty_at_once(walk: &mut Walk, service: &Service, client: &Application) -> Outcome {
    let refreshed = async |service: &Service, client: &Application| -> Outcome<Vec<Tokens>> {
        let tokens = service.tokens(client, None).await?;
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..20 {
            calls.spawn(service.refresh(client, &tokens.refresh, None).send());
        }
        let mut won = Vec::new();
        for answer in calls.join_all().await {
            let answer = answer?;
            match answer.status() {
                200 => won.push(Tokens::of(&answer)?),
                _ => drop(answer.expect_error(400, "invalid_grant")?),
            }
        }
        service.rest(&tokens.access).await?.expect_invalid_token()?;
        Ok(won)
    };
    let won = refreshed(service, client).await?;
    assert_eq!(won.len(), 1, "one swap is the first");
    // Who came too late, and who lost the race and looked again, came with a used token: so the family has ended.
    service.rest(&won[0].access).await?.expect_invalid_token()?;
    service.refresh(client, &won[0].refresh, None).send().await?.expect_error(400, "invalid_grant")?;
    walk.step(15, "of twenty refreshes at once one wins, and the others end the family");

    let service = Service::with_grace("grace", Duration::from_secs(10)).await?;
    let client = service.application().await?;
    let won = refreshed(&service, &client).await?;
    assert_eq!(won.len(), 20);
    assert!(won.iter().all(|tokens| tokens.refresh == won[0].refresh));
    let mut alive: Vec<&str> = Vec::new();
    for tokens in &won {
        if service.rest(&tokens.access).await?.status() == 200 {
            alive.push(&tokens.access);
        }
    }
    assert!(!alive.is_empty());
    service.refresh(&client, &won[0].refresh, None).send().await?.expect(200)?;
    for token in alive {
        service.rest(token).await?.expect_invalid_token()?;
    }
    walk.step(15, "within a grace that was asked for, all get the same successor: one family");
    Ok(())
}

async fn revoking(walk: &mut Walk, service: &Service, client: &Application) -> Outcome {
    let revoke = |token: &str| {
        let call = service.http.post("/oauth2/revoke_token/").basic(&client.id, &client.secret);
        call.form(&[("token", token)]).send()
    };
    let tokens = service.tokens(client, None).await?;
    let active = service.introspect(client, &tokens.access).await?.expect(200)?.json()?;
    assert_eq!((&active["active"], &active["sub"]), (&json!(true), &json!("alice")));
    assert_eq!(words(&active["scope"]), ["api", "api:v1"]);
    revoke(&tokens.access).await?.expect(200)?;
    service.rest(&tokens.access).await?.expect_invalid_token()?;
    let introspected = service.introspect(client, &tokens.access).await?.expect(200)?;
    assert_eq!(introspected.json()?, json!({"active": false}));

    let tokens = service.tokens(client, None).await?;
    revoke(&tokens.refresh).await?.expect(200)?;
    service.rest(&tokens.access).await?.expect_invalid_token()?;
    service.refresh(client, &tokens.refresh, None).send().await?.expect_error(400, "invalid_grant")?;
    revoke("nobody-has-it").await?.expect(200)?;
    service.http.post("/oauth2/introspect/").form(&[("token", "x")]).send().await?.expect(401)?;
    walk.step(
        16,
        "what was revoked is refused by the next request, and inactive; who asks must authenticate",
    );

    let alice = service.browser_of("alice").await?;
    let other = alice.application("another").await?;
    let tokens = service.tokens(&other, None).await?;
    alice.script("DELETE", &format!("/app/oauth-applications/{}", other.id)).send().await?.expect(204)?;
    service.rest(&tokens.access).await?.expect_invalid_token()?;
    service.refresh(&other, &tokens.refresh, None).send().await?.expect_error(401, "invalid_client")?;
    walk.step(16, "an application that its author ends takes its tokens along");
    Ok(())
}

async fn a_person_leaves(walk: &mut Walk) -> Outcome {
    let service = Service::start("leaving").await?;
    // Of somebody else: one of hers would end with her.
    let client = service.browser_of("bob").await?.application("terminal").await?;
    let tokens = service.tokens(&client, None).await?;
    // An API elsewhere remembers an answer for 30 seconds; who is still there it asks each time.
    let people = service.on_call.people.clone();
    let auth = asking(service.http.origin(), &client.id, &client.secret)?.clock(service.clock.clone());
    let (apart, _place) = serve_apart(api_alone(service.http.origin(), auth, people)?)?;
    let list = |token: &str| apart.get("/api/v1/heartbeats/").bearer(token).send();
    list(&tokens.access).await?.expect(200)?;

    let pending = service.code(&client, None).await?;
    let mut alice = service.browser_of("alice").await?;
    alice.script("DELETE", "/app/account").send().await?.expect(204)?;
    service.rest(&tokens.access).await?.expect_invalid_token()?;
    service.graph(&tokens.access).await?.expect_invalid_token()?;
    list(&tokens.access).await?.expect_invalid_token()?;
    service.refresh(&client, &tokens.refresh, None).send().await?.expect_error(400, "invalid_grant")?;
    assert_eq!(service.introspect(&client, &tokens.access).await?.json()?, json!({"active": false}));
    service.redeem(&client, &pending).send().await?.expect_error(400, "invalid_grant")?;
    // Nor does her session go on.
    assert!(alice.look(&request(&client.id, None)).await?.body().contains("Sign in"));
    alice.script("DELETE", "/app/account").send().await?.expect_error(403, "not_signed_in")?;
    walk.step(17, "with a person end her tokens, at once, also where they are remembered");
    Ok(())
}

async fn the_issuer_is_away(walk: &mut Walk) -> Outcome {
    let service = Service::start("away").await?;
    let client = service.application().await?;
    let (known, unknown) = (service.tokens(&client, None).await?, service.tokens(&client, None).await?);
    let people = service.on_call.people.clone();
    let auth = asking(service.http.origin(), &client.id, &client.secret)?.clock(service.clock.clone());
    let (apart, _place) = serve_apart(api_alone(service.http.origin(), auth, people)?)?;
    let list = |token: &str| apart.get("/api/v1/heartbeats/").bearer(token).send();
    list(&known.access).await?.expect(200)?;
    list("nope").await?.expect_invalid_token()?;

    drop(service);
    let away = list(&unknown.access).await?.expect(503)?.expect_no_challenge()?;
    assert!(away.field("retry-after").is_some(), "{away:?}");
    list(&known.access).await?.expect(200)?;
    walk.step(18, "an issuer that is away is 503 for a token that is not remembered, and not 401");
    Ok(())
}

fn words(scope: &Value) -> Vec<&str> {
    let mut words: Vec<&str> = scope.as_str().unwrap_or_default().split(' ').collect();
    words.sort_unstable();
    words
}
