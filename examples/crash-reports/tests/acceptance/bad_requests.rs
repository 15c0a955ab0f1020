use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use example_crash_reports::{CrashReports, Keys};
use futures_util::stream;
use scopa_axum::issuer::MemoryStore;
use scopa_systems::{Answer, Outcome, folder};
use scopa_testing::ManualClock;
use serde_json::json;
use tower::ServiceExt as _;

use crate::stage::{Credentials, NOW, Stage, TOKENS, fields};

#[tokio::test]
async fn a_request_that_is_not_what_it_should_be_is_refused_with_what_would_be_right() -> Outcome {
    let stage = Stage::start("bad").await?;
    let token = stage.token("restricted").await?;
    let post = || stage.http.post("/api/v2/summary").bearer(&token);
    let get = |query: &str| stage.http.get(&format!("/api/v2/summary{query}")).bearer(&token);
    let part = |head: &str| format!("--b\r\nContent-Disposition: form-data{head}\r\n\r\nFred\r\n--b--\r\n");
    let multipart = |body: String| post().body("multipart/form-data; boundary=b", body);
    for (what, call, status) in [
        ("no body", post(), 400),
        ("no database", post().multipart(&[("id", "1")]), 400),
        ("an empty form", post().multipart(&[]), 400),
        ("a database twice", post().multipart(&[("database", "Fred"), ("database", "Wilma")]), 400),
        ("a part without a name", multipart(part("")), 400),
        (
            "a form that breaks off",
            multipart("--b\r\nContent-Disposition: form-data; name=\"database\"".into()),
            400,
        ),
        ("a file in place of a field", multipart(part("; name=\"database\"; filename=\"x\"")), 400),
        (
            "a database in the address, and another in the form",
            stage
                .http
                .post("/api/v2/summary?database=Wilma")
                .bearer(&token)
                .multipart(&[("database", "Fred")]),
            400,
        ),
        ("a body of another kind", get("?database=Fred").json(&json!({ "database": "Wilma" })), 400),
        ("a form of another kind", post().form(&[("database", "Fred")]), 400),
        ("no boundary", post().body("multipart/form-data", "x"), 400),
        (
            "a form that is too long",
            post().multipart(&[("database", "Fred"), ("x", &"x".repeat(3_000_000))]),
            413,
        ),
        ("no parameters", get(""), 400),
        ("a parameter twice", get("?database=Fred&database=Fred"), 400),
    ] {
        let answer = call.send_unless_closed().await?.ok_or_else(|| format!("{what}: closed"))?;
        let refused =
            answer.expect_error(status, "invalid_request").map_err(|error| format!("{what}: {error}"))?;
        assert_eq!(refused.field("cache-control"), Some("no-store"), "{what}");
        assert!(refused.fields("www-authenticate").is_empty(), "{what}");
    }
    stage
        .http
        .get("/api/crash/details?database=Fred&id=2")
        .bearer(&token)
        .send()
        .await?
        .expect_error(404, "not_found")?;
    // Scopes come first: who may not is not told what is wrong with his request.
    let upload = stage.http.post("/symsrv/uploadUrl").bearer(&token).body("text/plain", "x");
    upload.send().await?.expect_scope(403, "symbols")?;
    Ok(())
}

#[tokio::test]
async fn a_form_is_read_whatever_the_method() -> Outcome {
    let stage = Stage::start("methods").await?;
    let remove = |query: &str, database: &str| {
        let call = stage.http.request("DELETE", &format!("/api/crashes.php{query}")).bearer(&stage.person);
        call.multipart(&[("database", database)]).send()
    };
    remove("", "Fred").await?.expect(200)?;
    remove("", "Wilma").await?.expect_error(403, "forbidden")?;
    remove("?database=Fred", "Wilma").await?.expect_error(400, "invalid_request")?;
    Ok(())
}

#[tokio::test]
async fn credentials_that_are_no_single_token_are_a_bad_request() -> Outcome {
    let stage = Stage::start("credentials").await?;
    let token = stage.token("restricted").await?;
    let reads = || stage.about("Fred", "GET /api/v2/versions");
    for call in [
        reads().header("authorization", "Bearer"),
        reads().header("authorization", format!("Bearer {token} more")),
        reads().bearer(&token).bearer(&token),
        reads().bearer(&token).header("authorization", ""),
    ] {
        let refused = call.send().await?.expect(400)?;
        assert_eq!(refused.challenged("error"), Some("invalid_request"));
        assert_eq!(refused.field("cache-control"), Some("no-store"));
    }
    reads().basic("a", "b").send().await?.expect_bare_challenge()?;
    Ok(())
}

#[tokio::test]
async fn a_client_authenticates_in_one_way_and_is_not_guessed() -> Outcome {
    let stage = Stage::start("guesses").await?;
    let client = stage.client("symbols").await?;
    let ask = |secret: &str| stage.http.post(TOKENS).basic(&client.id, secret);
    let grant = [("grant_type", "client_credentials")];
    ask(&client.secret).form(&grant).send().await?.expect(200)?;
    ask(&client.secret).form(&fields(&client, &[])).send().await?.expect_error(400, "invalid_request")?;
    for _ in 0..10 {
        let refused = ask("wrong").form(&grant).send().await?.expect_error(401, "invalid_client")?;
        assert!(refused.challenge().is_some_and(|challenge| challenge.starts_with("Basic ")), "{refused:?}");
        assert_eq!(refused.field("cache-control"), Some("no-store"));
    }
    let refused = ask("wrong").form(&grant).send().await?.expect_error(429, "temporarily_unavailable")?;
    assert!(refused.field("retry-after").is_some(), "{refused:?}");
    // Who is over the limit does not learn that this is the right one.
    ask(&client.secret).form(&grant).send().await?.expect(429)?;
    Ok(())
}

#[tokio::test]
async fn every_refusal_is_json_and_is_not_kept() -> Outcome {
    let stage = Stage::start("refusals").await?;
    for (at, status, error) in [
        ("GET /nope", 404, "not_found"),
        ("POST /api/crashes", 405, "invalid_request"),
        ("PUT /openapi.json", 405, "invalid_request"),
        ("DELETE /api/oauth-clients/%ff", 400, "invalid_request"),
        ("POST /api/oauth-clients/%ff/secrets", 400, "invalid_request"),
        ("DELETE /api/oauth-clients/%ff/secrets/x", 400, "invalid_request"),
    ] {
        let (method, path) = at.split_once(' ').ok_or("no method")?;
        let refused = stage.http.request(method, path).bearer(&stage.person).send().await?;
        let refused = refused.expect_error(status, error).map_err(|error| format!("{at}: {error}"))?;
        assert_eq!(refused.field("cache-control"), Some("no-store"), "{at}");
        assert_eq!(refused.field("allow").is_some(), status == 405, "{at}");
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_cannot_be_is_not_made() -> Outcome {
    let stage = Stage::start("drafts").await?;
    for draft in [
        json!({}),
        json!([]),
        json!({ "name": "", "scope": "symbols", "database": "Fred" }),
        json!({ "name": 1, "scope": "symbols", "database": "Fred" }),
        json!({ "name": "x", "scope": "Symbols", "database": "Fred" }),
        json!({ "name": "x", "scope": "symbols" }),
        json!({ "name": "x", "scope": "symbols", "database": "Fred", "expires_in": 0 }),
        json!({ "name": "x", "scope": "symbols", "database": "Fred", "expires_in": 86401 }),
        json!({ "name": "x", "scope": "symbols", "database": "Fred", "expires_in": -1 }),
        json!({ "name": "x", "scope": "symbols", "database": "Fred", "scopes": "restricted" }),
    ] {
        stage
            .make(&draft)
            .await?
            .expect_error(400, "invalid_request")
            .map_err(|error| format!("{draft}: {error}"))?;
    }
    let make = || stage.http.post("/api/oauth-clients").bearer(&stage.person);
    make().body("application/json", "{").send().await?.expect_error(400, "invalid_request")?;
    make().body("text/plain", "{}").send().await?.expect_error(415, "invalid_request")?;
    make().send().await?.expect_error(415, "invalid_request")?;
    let listed = stage.http.get("/api/oauth-clients").bearer(&stage.person).send().await?;
    assert_eq!(listed.body(), "[]");
    Ok(())
}

#[tokio::test]
async fn a_client_may_differ_in_how_long_its_tokens_live_and_in_what_it_asks_for() -> Outcome {
    let stage = Stage::start("differ").await?;
    let made = stage
        .make(&json!({ "name": "x", "scope": "restricted", "database": "Fred", "expires_in": 86400 }))
        .await?;
    let client = credentials(&made.expect(201)?)?;
    assert_eq!(stage.ask(&client, &[]).send().await?.expect(200)?.json()?["expires_in"], 86400);

    // An old program that always asks for `restricted`, with a client that uploads: by default it gets nothing.
    let old = [("scope", "restricted")];
    let strict = stage.client("symbols").await?;
    stage.ask(&strict, &old).send().await?.expect_error(400, "invalid_scope")?;
    let draft =
        json!({ "name": "x", "scope": "symbols", "database": "Fred", "ignore_requested_scope": true });
    let lenient = credentials(&stage.make(&draft).await?.expect(201)?)?;
    let answer = stage.ask(&lenient, &old).send().await?.expect(200)?;
    assert_eq!(answer.text("scope")?, "symbols");
    stage.call("POST /symsrv/uploadUrl", &answer.text("access_token")?).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn forms_for_tokens_are_small_and_hold_no_files() -> Outcome {
    let stage = Stage::start("forms").await?;
    let client = stage.client("symbols").await?;
    let many: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(|name| (name, "1")).into();
    stage.ask(&client, &many).send().await?.expect_error(400, "invalid_request")?;
    let long = "x".repeat(17_000);
    stage.ask(&client, &[("x", &long)]).send().await?.expect(413)?;
    let mut form = String::new();
    for (name, value) in fields(&client, &[]) {
        form += &format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n{value}\r\n"
        );
    }
    let file =
        stage.http.post("/oauth2/authorize").body("multipart/form-data; boundary=b", form + "--b--\r\n");
    file.send().await?.expect_error(400, "invalid_request")?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_sends_for_ever_is_not_waited_for() -> Outcome {
    let (keys, clock) = (Keys::in_folder(&folder("for-ever")?)?, Arc::new(ManualClock::at(NOW)));
    let service = CrashReports::new("http://127.0.0.1:8081", None, keys, MemoryStore::new(), clock)?;
    let router = service.router()?;
    for path in ["/oauth2/authorize", "/api/v2/summary", "/nowhere"] {
        let body = Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let form = "application/x-www-form-urlencoded";
        let request = Request::post(path).header("content-type", form).body(body)?;
        // Time passes at once where nothing else happens.
        let refused = router.clone().oneshot(request).await?;
        assert_eq!(refused.status(), 408, "{path}");
        assert_eq!(refused.headers()["cache-control"], "no-store", "{path}");
    }
    Ok(())
}

fn credentials(made: &Answer) -> Outcome<Credentials> {
    Ok(Credentials { id: made.text("client_id")?, secret: made.text("client_secret")? })
}
