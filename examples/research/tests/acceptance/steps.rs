use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use example_research::{Statuses, T1, T2};
use hmac::{Hmac, Mac as _};
use scopa_systems::{Answer, Outcome, Walk, claims, header};
use scopa_tower::Algorithm;
use scopa_tower::issuer::SigningKey;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::data::data_files;
use crate::kit::{App, PASSWORD, Service, Setup, TOKEN, machine, one, other};

#[tokio::test]
async fn the_acceptance_script() -> Outcome {
    let mut walk = Walk::of("bipsync", 18);
    let service = Service::start("steps").await?;
    let r = makes_an_application(&service, &mut walk).await?;
    gives_a_token(&service, &r, &mut walk).await?;
    let (w, f) = (
        service.machine(&["rest_api:write"], &[T1]).await?,
        service.machine(&["rest_api:fields:read"], &[T1]).await?,
    );
    teams_and_verbs(&service, [&r, &w, &f], 403, &mut walk).await?;
    refuses_scopes(&service, &r, &mut walk).await?;
    compares_the_path_as_text(&service, &r, &mut walk).await?;
    refuses_bodies(&service, &r, &mut walk).await?;
    refuses_clients(&service, &r, &mut walk).await?;
    ends_with_its_time(&service, &r, &mut walk).await?;
    graphql(&service, &mut walk).await?;
    people(&service, &mut walk).await?;
    vendor_statuses(&mut walk).await?;
    data_files(&mut walk).await?;
    walk.finish()
}

async fn makes_an_application(service: &Service, walk: &mut Walk) -> Outcome<App> {
    let asked = machine(&["rest_api:read"], &[T1]);
    let answer = service.register(&asked).await?.expect(201)?;
    assert_eq!(answer.field("cache-control"), Some("no-store"));
    let (id, secret) = (answer.text("client_id")?, answer.text("client_secret")?);
    assert!(
        id.bytes().chain(secret.bytes()).all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );
    let told = answer.json()?;
    for (name, value) in asked.as_object().unwrap() {
        assert_eq!(told.get(name), Some(value), "{name}");
    }
    // Shown this once: what changes the application does not show it.
    let again = service.http.request("PUT", &format!("/v1/oauth-applications/{id}"));
    let again = again.bearer(&service.admin).json(&asked).send().await?.expect(200)?;
    assert!(!again.body().contains(&secret) && again.json()?.get("client_secret").is_none());
    walk.step(1, "R is made, its secret is shown once");
    Ok(App { id, secret })
}

async fn gives_a_token(service: &Service, r: &App, walk: &mut Walk) -> Outcome {
    let scope = format!("{} rest_api:read", one());
    let is_right = |answer: &Answer| -> Outcome {
        assert_eq!(answer.members()?, ["access_token", "expires_in", "token_type"]);
        let told = answer.json()?;
        assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("bearer"), &json!(3600)));
        assert_eq!(answer.field("cache-control"), Some("no-store"));
        let claims = claims(&answer.text("access_token")?)?;
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(r.id), &json!(r.id)));
        assert_eq!((&claims["iss"], &claims["scope"]), (&json!(service.origin), &json!(scope)));
        Ok(())
    };
    let answer = service.ask_as(r, &scope).await?.expect(200)?;
    is_right(&answer)?;
    walk.step(2, "a form brings exactly three members, `bearer`, for 3600 seconds, not to be stored");

    let body = json!({"grant_type": "client_credentials", "client_id": r.id, "client_secret": r.secret, "scope": scope, "unknown": "x"});
    let mut nested = body.clone();
    // RFC 6749 §3.2: what is not known is ignored. What is no text is refused, whatever its name: it could be meant for something.
    nested["unknown"] = json!({"a": 1});
    service.http.post(TOKEN).json(&nested).send().await?.expect_error(400, "invalid_request")?;
    for content_type in ["application/json", "application/json; charset=utf-8"] {
        let answer = service.http.post(TOKEN).body(content_type, body.to_string()).send().await?;
        is_right(&answer.expect(200)?)?;
    }
    walk.step(3, "JSON does, with a charset or without");

    let token = answer.text("access_token")?;
    for path in [
        format!("/v1/teams/{T1}/notes"),
        format!("/v1/teams/{T1}/field"),
        "/v1/ping".into(),
        "/v1/field".into(),
    ] {
        let call = service.http.get(&path).header("authorization", format!("bearer {token}"));
        call.send().await?.expect(200)?;
    }
    // A token of a team is told from a person's: nobody is in it.
    let ping = service.call("GET /v1/ping", &token).await?.expect(200)?;
    assert_eq!(ping.json()?, json!({"client_id": r.id, "person": null}));
    walk.step(4, "the token opens notes, the fields that are included, and ping");
    Ok(())
}

/// Steps 5 to 9, where a missing scope is answered with `status`.
async fn teams_and_verbs(service: &Service, [r, w, f]: [&App; 3], status: u16, walk: &mut Walk) -> Outcome {
    let notes = |team: &str| format!("GET /v1/teams/{team}/notes");
    let add = format!("POST /v1/teams/{T1}/notes");
    let field = format!("GET /v1/teams/{T1}/field");
    let (t1, t2) = (one(), other());
    let token = service.token(r, &format!("{t1} rest_api:read")).await?;
    service.call(&notes(T2), &token).await?.expect_scope(status, &format!("{t2} rest_api:read"))?;
    walk.step(5, &format!("another team: {status}, and the challenge names it and the verb"));

    service.call(&add, &token).await?.expect_scope(status, &format!("{t1} rest_api:write"))?;
    walk.step(6, &format!("reading is not writing: {status}"));

    let token = service.token(w, &format!("{t1} rest_api:write")).await?;
    let note = service.call(&add, &token).await?.expect(201)?;
    let path = format!("/v1/teams/{T1}/notes/{}", note.json()?["id"]);
    service.call(&format!("PUT {path}"), &token).await?.expect(200)?;
    service.call(&format!("DELETE {path}"), &token).await?.expect(204)?;
    service.call(&notes(T1), &token).await?.expect_scope(status, &format!("{t1} rest_api:read"))?;
    service.call(&field, &token).await?.expect_scope(status, &format!("{t1} rest_api:fields:read"))?;
    walk.step(7, &format!("W adds, changes and removes; writing is not reading: {status}"));

    let token = service.token(f, &format!("{t1} rest_api:fields:read")).await?;
    service.call(&field, &token).await?.expect(200)?;
    service.call(&notes(T1), &token).await?.expect_scope(status, &format!("{t1} rest_api:read"))?;
    walk.step(8, &format!("F reads fields, and no notes: {status}"));

    let token = service.token(r, "rest_api:read").await?;
    service.call(&notes(T1), &token).await?.expect_scope(status, &format!("{t1} rest_api:read"))?;
    service.call("GET /v1/ping", &token).await?.expect(200)?;
    // No team could be named.
    let answer = service.call("GET /v1/field", &token).await?.expect(status)?;
    assert_eq!((answer.challenged("error"), answer.challenged("scope")), (Some("insufficient_scope"), None));
    walk.step(9, &format!("a token without a team is given out, and opens no team: {status}"));
    Ok(())
}

async fn refuses_scopes(service: &Service, r: &App, walk: &mut Walk) -> Outcome {
    let (t1, t2) = (one(), other());
    let mut bodies = Vec::new();
    let upper = T1.to_uppercase();
    for scope in [
        format!("{t2} rest_api:read"),
        format!("{t1} {t2} rest_api:read"),
        format!("team_{upper} rest_api:read"),
        "team_* rest_api:read".into(),
        "rest_api".into(),
        "rest_api:write".into(),
        format!("team_{} rest_api:read", &T1.replace("ee", "e")),
        "team_{team} rest_api:read".into(),
        "oauth_applications:write".into(),
        "nonsense".into(),
        "rest_api:read  rest_api:read".into(),
    ] {
        bodies.push(service.ask_as(r, &scope).await?.expect_error(400, "invalid_scope")?.body().to_owned());
    }
    // One that may have both teams may not have both in one token.
    let both = service.machine(&["rest_api:read"], &[T1, T2]).await?;
    let scope = format!("{t1} {t2} rest_api:read");
    bodies.push(service.ask_as(&both, &scope).await?.expect_error(400, "invalid_scope")?.body().to_owned());
    let alone = [("grant_type", "client_credentials"), ("client_id", &*r.id), ("client_secret", &*r.secret)];
    bodies.push(service.ask(&alone).await?.expect_error(400, "invalid_scope")?.body().to_owned());
    bodies.push(service.ask_as(r, "").await?.expect_error(400, "invalid_scope")?.body().to_owned());
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    // What R may have includes it.
    service.ask_as(r, "rest_api:fields:read").await?.expect(200)?;
    walk.step(
        10,
        "no scope, another team, two teams, what is no team, and more than R may have: 400, all alike; what R's scope includes: 200",
    );
    Ok(())
}

async fn compares_the_path_as_text(service: &Service, r: &App, walk: &mut Walk) -> Outcome {
    let token = service.token(r, &format!("{} rest_api:read", one())).await?;
    let get = async |team: &str| service.call(&format!("GET /v1/teams/{team}/notes"), &token).await;
    let upper = T1.to_uppercase();
    // No scope could be named for what is no id of a team.
    for team in [
        &*upper,
        "*",
        "%2A",
        "%FF",
        "65df73340142feec34d7d6ee%20",
        "65df73340142feec34d7d6ee%00",
        "65df73340142feec34d7d6ee%2F",
    ] {
        let answer = get(team).await?.expect(403)?;
        assert_eq!(
            (answer.challenged("error"), answer.challenged("scope")),
            (Some("insufficient_scope"), None)
        );
    }
    get("%36%35df73340142feec34d7d6ee").await?.expect(200)?;
    get("%36%35df73340142feec34d7d6ef").await?.expect_scope(403, &format!("{} rest_api:read", other()))?;
    // Decoded once.
    get("%2536%2535df73340142feec34d7d6ee").await?.expect(403)?;
    walk.step(11, "upper case opens nothing; the decoded value counts, and only an exact match opens");
    Ok(())
}

async fn refuses_bodies(service: &Service, r: &App, walk: &mut Walk) -> Outcome {
    let App { id, secret } = r;
    let form =
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=rest_api:read");
    let members =
        format!(r#""grant_type":"client_credentials","client_id":"{id}","client_secret":"{secret}""#);
    let is_invalid = async |content_type: &str, body: String| -> Outcome {
        let answer = service.http.post(TOKEN).body(content_type, body).send().await?;
        answer.expect_error(400, "invalid_request").map(drop)
    };
    let (json, urlencoded) = ("application/json", "application/x-www-form-urlencoded");
    is_invalid(json, format!(r#"{{{members},"client_id":"{id}","scope":"rest_api:read"}}"#)).await?;
    is_invalid(json, format!(r#"{{{members},"scope":["team_T1"]}}"#)).await?;
    is_invalid(json, format!(r#"{{{members},"scope":{{"a":"b"}}}}"#)).await?;
    is_invalid(json, format!(r#"{{{members},"scope":null}}"#)).await?;
    is_invalid(json, format!(r#"[{{{members}}}]"#)).await?;
    is_invalid(json, form.clone()).await?;
    is_invalid(json, String::new()).await?;
    is_invalid(urlencoded, String::new()).await?;
    is_invalid(urlencoded, format!("{form}&scope=rest_api:read")).await?;
    is_invalid(urlencoded, format!("{{{members}}}")).await?;
    service.http.post(TOKEN).send().await?.expect_error(400, "invalid_request")?;
    let call = service.http.post(TOKEN).multipart(&[("grant_type", "client_credentials")]);
    call.send().await?.expect_error(415, "invalid_request")?;
    for content_type in [json, urlencoded] {
        let long = "x".repeat(1024 * 1024);
        let answer = service.http.post(TOKEN).body(content_type, long).send_unless_closed().await?;
        assert!(answer.is_none_or(|answer| answer.status() == 413));
    }
    let answer = service.http.get(TOKEN).send().await?.expect(405)?;
    assert_eq!(answer.field("allow"), Some("POST"));
    walk.step(
        12,
        "a repeated or nested member, a body that is not what it says, none, one of a megabyte: refused",
    );
    Ok(())
}

async fn refuses_clients(service: &Service, r: &App, walk: &mut Walk) -> Outcome {
    let wrong = App { secret: "wrong".into(), ..r.clone() };
    let nobody = App { id: "nobody".into(), ..r.clone() };
    let wrong = service.ask_as(&wrong, "rest_api:read").await?.expect_error(400, "invalid_client")?;
    let nobody = service.ask_as(&nobody, "rest_api:read").await?.expect_error(400, "invalid_client")?;
    assert_eq!(wrong.body(), nobody.body());
    let form = [("grant_type", "client_credentials"), ("scope", "rest_api:read")];
    let basic = service.http.post(TOKEN).basic(&r.id, "wrong").form(&form).send().await?;
    let basic = basic.expect_error(401, "invalid_client")?;
    assert!(basic.challenge().unwrap().starts_with("Basic "));
    service.http.post(TOKEN).basic(&r.id, &r.secret).form(&form).send().await?.expect(200)?;

    let partner = json!({
        "name": "partner", "confidential": true, "partner": true, "grants": ["authorization_code"],
        "scopes": ["rest_api:read"], "redirect_uris": ["https://partner.example/callback"],
    });
    let made = service.register(&partner).await?.expect(201)?;
    let app = App { id: made.text("client_id")?, secret: made.text("client_secret")? };
    service.ask_as(&app, "rest_api:read").await?.expect_error(400, "unauthorized_client")?;
    let mut wish = partner.clone();
    wish["grants"] = json!(["client_credentials"]);
    service.register(&wish).await?.expect(400)?;
    walk.step(13, "wrong secret and unknown id: the same bytes; a partner does not ask for itself");
    Ok(())
}

async fn ends_with_its_time(service: &Service, r: &App, walk: &mut Walk) -> Outcome {
    let token = service.token(r, &format!("{} rest_api:read", one())).await?;
    let notes = format!("GET /v1/teams/{T1}/notes");
    service.clock.advance(Duration::from_secs(3599));
    service.call(&notes, &token).await?.expect(200)?;
    service.clock.advance(Duration::from_secs(1));
    service.call(&notes, &token).await?.expect_invalid_token()?;
    service.http.get("/v1/ping").send().await?.expect_bare_challenge()?;
    service.http.get("/v1/ping").header("authorization", "").send().await?.expect_bare_challenge()?;

    // RFC 8725 §2.1: the public key, in each form that it has, is no secret.
    let token = service.token(r, "rest_api:read").await?;
    let payload = token.split('.').nth(1).unwrap();
    let keys = service.http.get("/v1/oauth/jwks").send().await?.expect(200)?;
    let key: Value = keys.json()?["keys"][0].clone();
    let kid = key["kid"].as_str().unwrap();
    for secret in [keys.body(), &key.to_string(), &pem(&key)?] {
        for head in [
            r#"{"alg":"HS256","typ":"JWT"}"#.to_owned(),
            format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{kid}"}}"#),
        ] {
            let forged = hs256(&head, payload, secret.as_bytes());
            service.call("GET /v1/ping", &forged).await?.expect_invalid_token()?;
        }
    }
    service.call("GET /v1/ping", &token).await?.expect(200)?;
    walk.step(14, "past its end, forged with the public key, none at all: 401");
    Ok(())
}

/// Writes a public key on P-256 as PEM (RFC 5480 §2.2).
fn pem(key: &Value) -> Outcome<String> {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap());
    let mut der = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04".to_vec();
    der.extend(number("x")?);
    der.extend(number("y")?);
    let text = STANDARD.encode(der);
    let (one, other) = text.split_at(64);
    Ok(format!("-----BEGIN PUBLIC KEY-----\n{one}\n{other}\n-----END PUBLIC KEY-----\n"))
}

/// Signs with a secret, by another program's code than the service's.
fn hs256(head: &str, payload: &str, secret: &[u8]) -> String {
    let signed = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(head));
    let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(&signed).finalize();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()))
}

async fn graphql(service: &Service, walk: &mut Walk) -> Outcome {
    let app = service.machine(&["projects:read"], &[T1]).await?;
    let token = service.token(&app, &format!("projects:read {}", one())).await?;
    let ask = async |query: &str| {
        service.http.post("/graphql").bearer(&token).json(&json!({"query": query})).send().await
    };
    ask("{ projects { id } tasks { id } }").await?.expect_scope(403, "projects:read tasks:read")?;
    let answer = ask("{ projects { id team } }").await?.expect(200)?;
    assert_eq!(answer.json()?, json!({"data": {"projects": [{"id": "projects-1", "team": T1}]}}));
    walk.step(16, "one challenge names what all fields of the query need");
    Ok(())
}

async fn people(service: &Service, walk: &mut Walk) -> Outcome {
    let application = json!({
        "name": "reader", "confidential": true, "grants": ["authorization_code", "refresh_token"],
        "scopes": ["rest_api:read", "rest_api:write"], "teams": [T1, T2], "redirect_uris": ["https://app.example/callback"],
    });
    let made = service.register(&application).await?.expect(201)?;
    let app = App { id: made.text("client_id")?, secret: made.text("client_secret")? };
    let scope = format!("{} rest_api:read", one());
    let query = |scope: &str| {
        let scope = scope.replace(' ', "%20");
        format!(
            "response_type=code&client_id={}&redirect_uri=https://app.example/callback&state=42&scope={scope}&code_challenge={CHALLENGE}&code_challenge_method=S256",
            app.id
        )
    };
    let alice = [("step", "allow"), ("user", "alice"), ("password", PASSWORD)];
    let exchange = async |code: &str, verifier: &str| {
        service
            .ask(&[
                ("grant_type", "authorization_code"),
                ("client_id", &app.id),
                ("client_secret", &app.secret),
                ("code", code),
                ("redirect_uri", "https://app.example/callback"),
                ("code_verifier", verifier),
            ])
            .await
    };
    let refresh = async |token: &str, scope: &str| {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("client_id", &app.id),
            ("client_secret", &app.secret),
            ("refresh_token", token),
        ];
        form.extend(Some(("scope", scope)).filter(|_| !scope.is_empty()));
        service.ask(&form).await
    };

    let page =
        service.http.get(&format!("/v1/oauth/authorize?{}", query(&scope))).send().await?.expect(200)?;
    assert!(page.body().contains("read notes and fields") && page.body().contains(T1), "{}", page.body());
    let sent = service.consent(&query(&scope), &alice).await?.expect(303)?;
    assert_eq!(sent.sent_with("state").as_deref(), Some("42"));
    let code = sent.sent_with("code").ok_or("no code")?;
    let answer = exchange(&code, VERIFIER).await?.expect(200)?;
    assert_eq!(answer.members()?, ["access_token", "expires_in", "refresh_token", "scope", "token_type"]);
    let (access, first) = (answer.text("access_token")?, answer.text("refresh_token")?);
    let ping = service.call("GET /v1/ping", &access).await?.expect(200)?;
    assert_eq!(ping.json()?, json!({"client_id": app.id, "person": "alice"}));
    let notes = format!("GET /v1/teams/{T1}/notes");
    // A person sees no private notes of others; an application that calls for the team does.
    let seen = service.call(&notes, &access).await?.expect(200)?;
    assert!(seen.body().contains("Margins") && !seen.body().contains("debt"), "{}", seen.body());
    service.call(&format!("GET /v1/teams/{T1}/notes/2"), &access).await?.expect(404)?;

    refresh(&first, &format!("{scope} rest_api:write")).await?.expect_error(400, "invalid_scope")?;
    let narrower = refresh(&first, &one()).await?.expect(200)?;
    let second = narrower.text("refresh_token")?;
    assert!(second != first);
    service.call(&notes, &access).await?.expect_invalid_token()?;
    service.call(&notes, &narrower.text("access_token")?).await?.expect_scope(403, &scope)?;
    let third = refresh(&second, "").await?.expect(200)?;
    service.call(&notes, &third.text("access_token")?).await?.expect(200)?;
    // One that was used comes again: the whole family ends.
    refresh(&second, "").await?.expect_error(400, "invalid_grant")?;
    service.call(&notes, &third.text("access_token")?).await?.expect_invalid_token()?;
    refresh(&third.text("refresh_token")?, "").await?.expect_error(400, "invalid_grant")?;

    // PKCE: enforced, and the verifier must fit.
    let plain = query(&scope).replace("S256", "plain");
    let sent = service.consent(&plain, &alice).await?.expect(303)?;
    assert_eq!(sent.sent_with("error").as_deref(), Some("invalid_request"));
    let code = service.consent(&query(&scope), &alice).await?.sent_with("code").ok_or("no code")?;
    exchange(&code, &VERIFIER.replace('d', "e")).await?.expect_error(400, "invalid_grant")?;
    // An address that is not registered: an error here, and no redirect.
    let elsewhere = query(&scope).replace("app.example", "evil.example");
    let answer = service.consent(&elsewhere, &alice).await?.expect(400)?;
    assert!(answer.fields("location").is_empty());
    let of_others = [other(), format!("{} rest_api:read", other())].map(|scope| query(&scope));
    signs_in_with_care(service, &query(&scope), &of_others).await?;
    walk.step(17, "code with PKCE; refresh narrower, not wider; the old token and the whole family end");
    Ok(())
}

async fn signs_in_with_care(service: &Service, of_hers: &str, of_others: &[String]) -> Outcome {
    let sent = |answer: &Answer, name: &str| answer.sent_with(name);
    let wrong = [
        &[("step", "allow"), ("user", "alice"), ("password", "guess")][..],
        &[("step", "allow"), ("user", "bob"), ("password", PASSWORD)],
        &[("step", "allow"), ("user", "alice")],
        &[("step", "allow")],
    ];
    let mut pages = Vec::new();
    for form in wrong {
        let page = service.consent(of_hers, form).await?.expect(403)?;
        assert!(page.fields("location").is_empty());
        pages.push(page.body().to_owned());
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
    let alice = [("step", "allow"), ("user", "alice"), ("password", PASSWORD)];
    let page = format!("/v1/oauth/authorize?{of_hers}");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("accept", "*/*"),
    ] {
        for form in [&alice[..], &[("step", "deny")]] {
            let answer = service.http.post(&page).header(name, value).form(form).send().await?.expect(403)?;
            assert!(answer.fields("location").is_empty(), "{name} {value}");
            let policies = answer.fields("content-security-policy").join(", ");
            assert!(policies.contains("frame-ancestors 'none'") && policies.contains("default-src 'none'"));
        }
    }
    let answer = service.http.post(&page).header("origin", &service.origin).form(&alice).send().await?;
    assert!(sent(&answer.expect(303)?, "code").is_some());
    let denied = service.consent(of_hers, &[("step", "deny")]).await?.expect(303)?;
    assert_eq!(sent(&denied, "error").as_deref(), Some("access_denied"));
    // Nobody gives what is not theirs, and nobody gives less than the page said.
    for query in of_others {
        let answer = service.consent(query, &alice).await?.expect(303)?;
        assert_eq!((sent(&answer, "error").as_deref(), sent(&answer, "code")), (Some("access_denied"), None));
    }
    Ok(())
}

async fn vendor_statuses(walk: &mut Walk) -> Outcome {
    let service = Setup { statuses: Statuses::Vendor, ..Setup::new("vendor")? }.start().await?;
    let r = service.machine(&["rest_api:read"], &[T1]).await?;
    let w = service.machine(&["rest_api:write"], &[T1]).await?;
    let f = service.machine(&["rest_api:fields:read"], &[T1]).await?;
    teams_and_verbs(&service, [&r, &w, &f], 401, walk).await?;
    let document = service.http.get("/openapi.json").send().await?.expect(200)?;
    assert!(!document.body().contains("\"403\""));
    walk.step(15, "with the vendor's statuses steps 5 to 9 give 401 with `insufficient_scope`");

    let token = service.token(&r, &format!("{} rest_api:read", one())).await?;
    for (allowed, status) in [("127.0.0.2", 403), ("::1", 403), ("127.0.0.1", 200)] {
        let allowed = vec!["192.0.2.1".parse()?, allowed.parse()?];
        let setup = Setup { allowed, origin: Some(service.origin.clone()), ..Setup::new("allowed")? };
        let guarded = setup.start().await?;
        // Before any token is read: whatever it is, it makes no difference.
        for field in [&*format!("Bearer {token}"), "Bearer x", "Bearer", "Basic x"] {
            let answer = guarded.http.get("/v1/ping").header("authorization", field).send().await?;
            if status == 403 {
                let answer = answer.expect(403)?;
                assert_eq!((answer.challenge(), answer.text("error")?.as_str()), (None, "forbidden"));
            }
        }
        for path in ["/openapi.json", "/.well-known/oauth-authorization-server"] {
            guarded.http.get(path).send().await?.expect(status)?;
        }
        let asked = guarded.ask(&[("grant_type", "client_credentials")]).await?;
        assert_eq!(asked.status() == 403, status == 403);
    }
    walk.step(15, "a caller outside the allow-list gets 403 without a challenge, before any token is read");
    Ok(())
}

#[tokio::test]
async fn hs256_is_one_secret_and_no_public_key() -> Outcome {
    let signing = SigningKey::from_secret(Algorithm::HS256, [9; 32])?;
    let service = Setup { signing, ..Setup::new("hs256")? }.start().await?;
    let app = service.machine(&["rest_api:read"], &[T1]).await?;
    let token = service.token(&app, &format!("{} rest_api:read", one())).await?;
    assert_eq!(header(&token)?, json!({"alg": "HS256", "typ": "JWT"}));
    assert!(
        token.starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOi"),
        "the vendor's printed beginning"
    );
    service.call(&format!("GET /v1/teams/{T1}/notes"), &token).await?.expect(200)?;
    service.http.get("/v1/oauth/jwks").send().await?.expect(404)?;
    let metadata = service.http.get("/.well-known/oauth-authorization-server").send().await?.expect(200)?;
    assert!(metadata.json()?.get("jwks_uri").is_none());
    let document = service.http.get("/openapi.json").send().await?.expect(200)?;
    assert!(!document.body().contains("jwks"));
    let payload = token.split('.').nth(1).unwrap();
    let forged = hs256(r#"{"alg":"HS256","typ":"JWT"}"#, payload, &[8; 32]);
    service.call("GET /v1/ping", &forged).await?.expect_invalid_token()?;
    let own = hs256(r#"{"alg":"HS256","typ":"JWT"}"#, payload, &[9; 32]);
    service.call("GET /v1/ping", &own).await?.expect(200)?;
    Ok(())
}

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
