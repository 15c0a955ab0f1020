//! What is promised beside the steps.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::task::spawn_blocking;
use actix_web::web::ServiceConfig;
use example_workflows::{PermissionsIn, Service, serve};
use scopa_actix::issuer::{Approval, MemoryStore};
use scopa_systems::{Http, LONGEST, Outcome, claims};
use scopa_testing::{ManualClock, TestIssuer};
use serde_json::json;

use crate::stage::{Made, NOW, Stage, client, keys, named, serving};

#[actix_web::test]
async fn nobody_gives_what_he_lacks_and_what_is_unknown_is_refused() -> Outcome {
    let stage = Stage::new("workflows-given", PermissionsIn::Registry).await?;
    let owner_alone = stage.token_with(&["team.admin"], &["owner"]).await?;
    let space = format!("{} {}", named("job.read"), named("job.modify"));
    for (maker, scopes, permissions, expected) in [
        (&stage.owner, json!([named("job.read")]), json!(["admin", "ADMIN", "Editor"]), 201),
        // What asked for a scope would get a token with none.
        (&stage.owner, json!([]), json!(["admin"]), 400),
        (&stage.owner, json!([named("job.read")]), json!([]), 201),
        (&stage.owner, json!([named("job.read")]), json!(["boss"]), 400),
        (&stage.owner, json!([named("job.write")]), json!(["admin"]), 400),
        (&stage.owner, json!(["job.read"]), json!(["admin"]), 400),
        (&stage.owner, json!([space]), json!(["admin"]), 400),
        (&stage.owner, json!(["OWNER"]), json!(["admin"]), 400),
        (&stage.owner, json!(named("job.read")), json!(["admin"]), 400),
        (&owner_alone, json!([named("job.read")]), json!(["owner"]), 201),
        (&owner_alone, json!([named("job.read")]), json!(["admin"]), 400),
        (&stage.admin, json!([named("job.read")]), json!(["admin"]), 403),
    ] {
        let body = json!({"name": "a client", "scopes": scopes, "permissions": permissions});
        let answer = stage.accounts.post("/api/client/").bearer(maker).json(&body).send().await?;
        let answer = answer.expect(expected).map_err(|error| format!("{body}: {error}"))?;
        match expected {
            201 if permissions == json!(["admin", "ADMIN", "Editor"]) => {
                assert_eq!(answer.json()?["client"]["clientPermissions"], json!(["admin", "editor"]));
            }
            400 => assert_eq!(answer.text("error")?, "invalid_request"),
            _ => {}
        }
    }
    let misspelt =
        json!({"name": "a", "scopes": [named("job.read")], "permissions": [], "teamName": "other"});
    let answer = stage.accounts.post("/api/client/").bearer(&stage.owner).json(&misspelt).send().await?;
    answer.expect_error(400, "invalid_request")?;
    Ok(())
}

#[actix_web::test]
async fn people_have_names_that_can_be_read_and_are_their_teams_alone() -> Outcome {
    let stage = Stage::new("workflows-people", PermissionsIn::Registry).await?;
    let add = |token: &str, name: &str, permission: &str| {
        let person = json!({"name": name, "permissions": [permission]});
        stage.accounts.post("/api/team/user").bearer(token).json(&person).send()
    };
    add(&stage.admin, "eve", "editor").await?.expect_error(400, "invalid_request")?;
    add(&stage.owner, "eve", "editor").await?.expect(201)?;
    add(&stage.owner, "eve", "editor").await?.expect_error(409, "conflict")?;
    let (longest, longer) = ("é".repeat(100), "é".repeat(101));
    for (name, status) in [
        ("", 400),
        (" ", 400),
        ("a\u{0}b", 400),
        ("a\n", 400),
        ("\u{85}", 400),
        (&longer, 400),
        (&longest, 201),
    ] {
        add(&stage.owner, name, "editor")
            .await?
            .expect(status)
            .map_err(|error| format!("{name:?}: {error}"))?;
    }
    let more = json!({"name": "bob", "permissions": [], "team": "other"});
    let more = stage.accounts.post("/api/team/user").bearer(&stage.owner).json(&more).send().await?;
    more.expect_error(400, "invalid_request")?;

    // Of another team: the same name is somebody else, with other permissions.
    let approval = Approval::new("olivia").claim("intoware.workfloplus.team", "theirs");
    let olivia = stage.service.issuer().issue("website", approval).await?.as_str().to_owned();
    let listed = stage.accounts.get("/api/team/user").bearer(&olivia).send().await?.expect(200)?;
    assert_eq!(listed.body(), "[]");
    add(&olivia, "eve", "editor").await?.expect(403)?;
    Ok(())
}

#[actix_web::test]
async fn a_team_has_a_thousand_of_each_at_most() -> Outcome {
    let (issuer, clock) = (TestIssuer::new(), Arc::new(ManualClock::at(NOW)));
    let store = MemoryStore::new();
    let service = Service::new(
        "http://127.0.0.1:1",
        None,
        &keys("workflows-most")?,
        store,
        clock,
        PermissionsIn::Registry,
    )?;
    let gateway = serving(service.gateway_for(issuer.validator().permission_claim("permissions"))?).await?;
    let token = |team: &str| {
        let token = issuer.token().scope(named("workflow.admin")).claim("permissions", ["OWNER"]);
        token.claim("intoware.workfloplus.team", team).sign()
    };
    let (ours, theirs) = (token("ours"), token("theirs"));
    let title = json!({"title": "t"});
    let put = |token: &str, id: &str| {
        gateway.request("PUT", &format!("/workflows/v2/{id}")).bearer(token).json(&title).send()
    };
    for id in 0..1000 {
        put(&ours, &id.to_string()).await?.expect(200)?;
    }
    put(&ours, "one-more").await?.expect_error(507, "too_many")?;
    put(&ours, "7").await?.expect(200)?;
    put(&theirs, "one-more").await?.expect(200)?;
    gateway.request("DELETE", "/workflows/v2/7").bearer(&ours).send().await?.expect(204)?;
    put(&ours, "one-more").await?.expect(200)?;
    for id in ["x".repeat(101), "%00".to_owned(), "%20".to_owned()] {
        put(&theirs, &id).await?.expect_error(400, "invalid_request")?;
    }
    Ok(())
}

#[actix_web::test]
async fn a_client_of_nobodys_team_is_not_there_for_anybody() -> Outcome {
    let stage = Stage::new("workflows-website", PermissionsIn::Registry).await?;
    // The one that people's tokens are made with.
    for (method, path) in [
        ("GET", "/api/client/website"),
        ("PUT", "/api/client/website"),
        ("DELETE", "/api/client/website"),
        ("POST", "/api/client/website/secrets"),
        ("DELETE", "/api/client/website/secrets/x"),
        ("GET", "/api/client/unknown"),
        ("GET", "/api/client/%00%22"),
    ] {
        let call = stage.accounts.request(method, path).bearer(&stage.owner);
        let answer = call.json(&client("mine", &["team.admin"], &["owner"])).send().await?;
        answer.expect_error(404, "not_found").map_err(|error| format!("{method} {path}: {error}"))?;
    }
    stage.service.tokens_for_trying_out().await?;
    Ok(())
}

#[actix_web::test]
async fn a_team_sees_its_own_objects_and_a_token_without_a_team_none() -> Outcome {
    let (issuer, clock) = (TestIssuer::new(), Arc::new(ManualClock::at(NOW)));
    let store = MemoryStore::new();
    let service = Service::new(
        "http://127.0.0.1:1",
        None,
        &keys("workflows-teams")?,
        store,
        clock,
        PermissionsIn::Registry,
    )?;
    let gateway = serving(service.gateway_for(issuer.validator().permission_claim("permissions"))?).await?;
    let token = |team: Option<&str>| {
        let scopes =
            ["job.admin", "schedule.admin", "workflow.admin", "teamsettings.admin"].map(named).join(" ");
        let token = issuer.token().scope(&scopes).claim("permissions", ["OWNER"]);
        match team {
            Some(team) => token.claim("intoware.workfloplus.team", team).sign(),
            None => token.sign(),
        }
    };
    let (ours, theirs) = (token(Some("ours")), token(Some("theirs")));
    let job = json!({"workflow": "w1"});
    gateway.post("/jobs/v1/j1").bearer(&ours).json(&job).send().await?.expect(200)?;
    let title = json!({"title": "t"});
    gateway.request("PUT", "/workflows/v2/w1").bearer(&ours).json(&title).send().await?.expect(200)?;
    let due = json!({"workflow": "w1", "due": "tomorrow"});
    let scheduled = gateway.post("/scheduledjobs/v1").bearer(&ours).json(&due).send().await?.expect(201)?;
    let scheduled = format!("/scheduledjobs/v1/{}", scheduled.text("id")?);
    let german = json!({"language": "de"});
    gateway.post("/teamsettings/v1/").bearer(&ours).json(&german).send().await?.expect(200)?;

    for (method, path) in [
        ("GET", "/jobs/v1/j1"),
        ("DELETE", "/jobs/v1/j1"),
        ("DELETE", "/workflows/v2/w1"),
        ("GET", &scheduled),
    ] {
        gateway.request(method, path).bearer(&theirs).send().await?.expect(404)?;
        let nobody = gateway.request(method, path).bearer(&token(None)).send().await?;
        nobody.expect_error(403, "forbidden")?.expect_no_challenge()?;
    }
    for path in ["/jobs/v1/", "/workflows/v2"] {
        assert_eq!(gateway.get(path).bearer(&theirs).send().await?.expect(200)?.body(), "[]");
    }
    let settings =
        async |token: &str| gateway.get("/teamsettings/v1/").bearer(token).send().await?.text("language");
    assert_eq!((settings(&ours).await?, settings(&theirs).await?), ("de".to_owned(), "en".to_owned()));
    gateway.get("/jobs/v1/j1").bearer(&ours).send().await?.expect(200)?;
    gateway.request("DELETE", "/jobs/v1/j1").bearer(&ours).send().await?.expect(204)?;
    gateway.request("DELETE", "/jobs/v1/j1").bearer(&ours).send().await?.expect(404)?;
    Ok(())
}

#[actix_web::test]
async fn who_may_not_is_told_so_before_the_body_is_judged() -> Outcome {
    let stage = Stage::new("workflows-order", PermissionsIn::Registry).await?;
    let editor = stage.token_with(&["schedule.admin"], &["editor"]).await?;
    let post = || stage.gateway.post("/scheduledjobs/v1").body("application/json", "{");
    post().send().await?.expect_bare_challenge()?;
    // Many times: what is looked up comes later than what is read.
    for _ in 0..20 {
        stage.clock.advance(Duration::from_secs(2));
        post().bearer(&editor).send().await?.expect(403)?;
    }
    let admin = stage.token_with(&["schedule.admin"], &["admin"]).await?;
    post().bearer(&admin).send().await?.expect_error(400, "invalid_request")?;
    Ok(())
}

#[actix_web::test]
async fn with_permissions_in_the_token_a_change_counts_with_the_next_one() -> Outcome {
    let stage = Stage::new("workflows-claim", PermissionsIn::Token).await?;
    let made = stage.create(&["schedule.admin"], &["admin"]).await?;
    let job = json!({"workflow": "w1", "due": "tomorrow"});
    let schedule = |token: &str| stage.gateway.post("/scheduledjobs/v1").bearer(token).json(&job).send();
    let token = stage.token(&made).await?;
    assert_eq!(claims(&token)?["permissions"], json!(["ADMIN"]));
    schedule(&token).await?.expect(201)?;
    let path = format!("/api/client/{}", made.id);
    let change = client("a client", &["schedule.admin"], &["editor"]);
    stage.accounts.request("PUT", &path).bearer(&stage.owner).json(&change).send().await?.expect(200)?;
    schedule(&token).await?.expect(201)?;
    schedule(&stage.token(&made).await?).await?.expect(403)?.expect_no_challenge()?;
    Ok(())
}

#[actix_web::test]
async fn a_change_on_one_instance_counts_on_another_within_two_seconds() -> Outcome {
    let here = Stage::new("workflows-two", PermissionsIn::Registry).await?;
    let there = serving(here.another.gateway()?).await?;
    let made = here.create(&["schedule.admin"], &["admin"]).await?;
    let token = here.token(&made).await?;
    let ask = |gateway: &Http| gateway.get("/scheduledjobs/v1/none").bearer(&token).send();
    ask(&there).await?.expect(404)?;
    let path = format!("/api/client/{}", made.id);
    let change = client("a client", &["schedule.admin"], &["editor"]);
    here.accounts.request("PUT", &path).bearer(&here.owner).json(&change).send().await?.expect(200)?;
    ask(&here.gateway).await?.expect(403)?;
    ask(&there).await?.expect(404)?;
    here.clock.advance(Duration::from_secs(2));
    ask(&there).await?.expect(403)?;
    // A client that is gone is asked about each time.
    here.accounts.request("DELETE", &path).bearer(&here.owner).send().await?.expect(204)?;
    ask(&there).await?.expect_invalid_token()?;
    Ok(())
}

#[actix_web::test]
async fn a_key_that_is_changed_on_one_instance_has_ended_on_another() -> Outcome {
    let here = Stage::new("workflows-keys", PermissionsIn::Registry).await?;
    let there = serving(here.another.gateway()?).await?;
    let token = here.token_with(&["query.admin"], &["admin"]).await?;
    let new = async |gateway: &Http, kind: &str| -> Outcome<String> {
        let path = format!("/api/query/v2/keys/{kind}");
        gateway.post(&path).bearer(&token).send().await?.expect(201)?.text("/key/value")
    };
    let ask =
        |gateway: &Http, key: &str| gateway.get(&format!("/api/query/v2/graph?query=x&key={key}")).send();
    let (primary, secondary) = (new(&here.gateway, "primary").await?, new(&there, "secondary").await?);
    for gateway in [&here.gateway, &there] {
        ask(gateway, &primary).await?.expect(200)?;
        ask(gateway, &secondary).await?.expect(200)?;
    }
    let changed = new(&there, "primary").await?;
    for gateway in [&here.gateway, &there] {
        ask(gateway, &primary).await?.expect_bare_challenge()?;
        ask(gateway, &secondary).await?.expect(200)?;
        ask(gateway, &changed).await?.expect(200)?;
    }
    // It is no token, and a token is no key.
    here.gateway.get("/api/query/v2/graph?query=x").bearer(&changed).send().await?.expect_invalid_token()?;
    here.accounts.get("/api/team/user").bearer(&changed).send().await?.expect_invalid_token()?;
    ask(&there, &token).await?.expect_bare_challenge()?;
    Ok(())
}

#[actix_web::test]
async fn credentials_that_are_malformed_are_told_apart() -> Outcome {
    let stage = Stage::new("workflows-credentials", PermissionsIn::Registry).await?;
    let get = || stage.gateway.get("/workflows/v2");
    for (authorization, status, error) in [
        ("Bearer", 400, Some("invalid_request")),
        ("Bearer a b", 400, Some("invalid_request")),
        ("", 401, None),
        ("Basic YTpi", 401, None),
        ("Bearer opaque", 401, Some("invalid_token")),
        ("bearer a.b.c", 401, Some("invalid_token")),
    ] {
        let answer = get().header("authorization", authorization).send().await?.expect(status)?;
        assert_eq!(answer.challenged("error"), error, "{authorization}");
        assert!(
            answer.challenge().is_some_and(|challenge| challenge.starts_with("Bearer")),
            "{authorization}"
        );
        assert_eq!(answer.field("cache-control"), Some("no-store"));
    }
    let twice = get().bearer(&stage.owner).bearer(&stage.owner).send().await?.expect(400)?;
    assert_eq!(twice.challenged("error"), Some("invalid_request"));

    let made = stage.create(&["job.read"], &["admin"]).await?;
    let token = || stage.accounts.post("/connect/token");
    let grant = [("grant_type", "client_credentials")];
    token().basic(&made.id, &made.secret).form(&grant).send().await?.expect(200)?;
    let wrong =
        token().basic(&made.id, "wrong").form(&grant).send().await?.expect_error(401, "invalid_client")?;
    assert!(wrong.challenge().is_some_and(|challenge| challenge.starts_with("Basic")));
    let both = [&grant[..], &[("client_id", &*made.id), ("client_secret", &*made.secret)]].concat();
    token().basic(&made.id, &made.secret).form(&both).send().await?.expect_error(400, "invalid_request")?;
    token().multipart(&both).send().await?.expect_error(415, "invalid_request")?;
    token()
        .json(&json!({"grant_type": "client_credentials"}))
        .send()
        .await?
        .expect_error(415, "invalid_request")?;
    token().form(&both[1..]).send().await?.expect_error(400, "invalid_request")?;
    let password = [("grant_type", "password"), both[1], both[2]];
    token().form(&password).send().await?.expect_error(400, "unsupported_grant_type")?;
    let got = stage.accounts.get("/connect/token").send().await?.expect(405)?;
    assert_eq!(got.field("allow"), Some("POST"));
    let unknown = Made { id: made.id, secret: String::new() };
    stage.ask(&unknown, &[]).await?.expect(400)?;
    Ok(())
}

#[actix_web::test]
async fn what_cannot_be_read_is_refused_precisely() -> Outcome {
    let stage = Stage::new("workflows-hostile", PermissionsIn::Registry).await?;
    let create = || stage.accounts.post("/api/client/").bearer(&stage.owner);
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(17_000));
    for (content_type, body, status) in [
        ("application/json", "", 400),
        ("application/json", "null", 400),
        ("application/json", "{\"name\": \"a\"}", 400),
        ("application/json", "{\"name\": \"\", \"scopes\": [], \"permissions\": []}", 400),
        ("application/json", "{\"name\": \"a\\nb\", \"scopes\": [], \"permissions\": []}", 400),
        ("application/json", &deep, 400),
        ("application/json", &long, 413),
        ("text/plain", "{}", 415),
        ("application/x-www-form-urlencoded", "name=a", 415),
    ] {
        let answer = create().body(content_type, body.to_owned()).send().await?;
        answer.expect_error(status, "invalid_request")?;
    }
    let token = stage.token_with(&["job.admin", "query.admin"], &["owner"]).await?;
    for (path, status) in [
        ("/jobs/v1/%ff", 404),
        ("/jobs/v1/%00", 404),
        ("/jobs/v1/%2e%2e%2fmy", 404),
        ("/api/query/v2/graph", 400),
        ("/api/query/v2/graph?query", 200),
        ("/api/query/v2/graph?query=%ff", 200),
        ("/api/query/v2/graph?query=a&query=b", 400),
        ("/api/query/v2/graph?query=x&KEY=a", 200),
    ] {
        let answer = stage.gateway.get(path).bearer(&token).send().await?;
        answer.expect(status).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

#[actix_web::test]
async fn methods_and_paths_that_are_not_there_are_told_in_json_and_head_is_as_get() -> Outcome {
    let stage = Stage::new("workflows-methods", PermissionsIn::Registry).await?;
    let token = stage.token_with(&["job.admin", "query.admin"], &["owner"]).await?;
    let (accounts, gateway) = (&stage.accounts, &stage.gateway);
    for (http, path, allowed) in [
        (gateway, "/jobs/v1/", "GET, HEAD, POST"),
        (gateway, "/jobs/v1/my", "GET, HEAD"),
        (gateway, "/jobs/v1/a", "GET, HEAD, POST, DELETE"),
        (gateway, "/api/query/v2/graph", "GET, HEAD"),
        (gateway, "/openapi.json", "GET, HEAD"),
        (accounts, "/api/client/", "POST"),
        (accounts, "/openapi.json", "GET, HEAD"),
    ] {
        for method in ["PATCH", "OPTIONS", "TRACE"] {
            let answer = http.request(method, path).bearer(&token).send().await?;
            let answer = answer.expect_error(405, "method_not_allowed")?;
            assert_eq!(answer.fields("allow"), [allowed], "{method} {path}");
        }
    }
    for path in ["/jobs/v1/", "/api/query/v2/graph?query=x", "/openapi.json"] {
        let get = gateway.get(path).bearer(&token).send().await?.expect(200)?;
        let head = gateway.request("HEAD", path).bearer(&token).send().await?.expect(200)?;
        assert_eq!((head.body(), head.field("content-length")), ("", get.field("content-length")), "{path}");
    }
    gateway.request("HEAD", "/jobs/v1/").send().await?.expect(401)?;
    gateway.request("HEAD", "/workflows/v2").bearer(&token).send().await?.expect(403)?;
    for http in [accounts, gateway] {
        http.get("/nowhere").send().await?.expect_error(404, "not_found")?;
    }
    Ok(())
}

#[actix_web::test]
async fn a_token_that_holds_more_than_its_client_may_have_today_has_ended() -> Outcome {
    let stage = Stage::new("workflows-fewer", PermissionsIn::Registry).await?;
    let made = stage.create(&["workflow.read", "schedule.admin"], &["admin"]).await?;
    let wide = stage.token(&made).await?;
    let narrow = stage.ask(&made, &[("scope", &named("workflow.read"))]).await?.text("access_token")?;
    let fewer = client("a client", &["workflow.read"], &["admin"]);
    let path = format!("/api/client/{}", made.id);
    stage.accounts.request("PUT", &path).bearer(&stage.owner).json(&fewer).send().await?.expect(200)?;
    stage.gateway.get("/workflows/v2").bearer(&wide).send().await?.expect_invalid_token()?;
    stage.gateway.get("/workflows/v2").bearer(&narrow).send().await?.expect(200)?;
    Ok(())
}

#[actix_web::test]
async fn a_client_may_ask_for_what_its_scopes_include() -> Outcome {
    let stage = Stage::new("workflows-included", PermissionsIn::Registry).await?;
    let made = stage.create(&["schedule.admin"], &["admin"]).await?;
    let answer = stage.ask(&made, &[("scope", &named("schedule.read"))]).await?.expect(200)?;
    assert_eq!(claims(&answer.text("access_token")?)?["scope"], json!([named("schedule.read")]));
    let made = stage.create(&["schedule.read"], &["admin"]).await?;
    let answer = stage.ask(&made, &[("scope", &named("schedule.admin"))]).await?;
    answer.expect_error(400, "invalid_scope")?;
    Ok(())
}

#[actix_web::test]
async fn where_nobody_can_tell_the_permissions_the_answer_is_503() -> Outcome {
    let (issuer, clock) = (TestIssuer::new(), Arc::new(ManualClock::at(NOW)));
    let store = MemoryStore::new();
    let service = Service::new(
        "http://127.0.0.1:1",
        None,
        &keys("workflows-away")?,
        store,
        clock,
        PermissionsIn::Registry,
    )?;
    let away = issuer.validator().permission_source(|_| async { Err("the database is away".into()) });
    let gateway = serving(service.gateway_for(away)?).await?;
    let token =
        issuer.token().scope(named("workflow.read")).claim("intoware.workfloplus.team", "ours").sign();
    for path in ["/workflows/v2", "/api/query/v2/graph?query=x", "/collections/v1/collection"] {
        let answer = gateway.get(path).bearer(&token).send().await?;
        let answer = answer.expect_error(503, "temporarily_unavailable")?.expect_no_challenge()?;
        assert!(answer.field("retry-after").is_some() && !answer.body().contains("database"), "{path}");
        gateway.get(path).send().await?.expect_bare_challenge()?;
        gateway.get(path).bearer("forged").send().await?.expect_invalid_token()?;
    }
    Ok(())
}

#[actix_web::test]
async fn who_sends_for_ever_is_not_waited_for() -> Outcome {
    let stage = Stage::new("workflows-slow", PermissionsIn::Registry).await?;
    let form = "application/x-www-form-urlencoded";
    let json = |token: &str| format!("application/json\r\nAuthorization: Bearer {token}");
    is_let_go(stage.service.accounts()?, "/connect/token", form).await?;
    is_let_go(stage.service.accounts()?, "/api/client/", &json(&stage.owner)).await?;
    let scheduler = stage.token_with(&["schedule.admin"], &["admin"]).await?;
    is_let_go(stage.service.gateway()?, "/scheduledjobs/v1", &json(&scheduler)).await
}

/// Sends the beginning of a body to a port that waits for nothing, and expects 408 and the end of the connection.
async fn is_let_go(
    port: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    path: &str,
    content_type: &str,
) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    actix_web::rt::spawn(serve(listener, Duration::ZERO, port).await?);
    let begun = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\nContent-Type: {content_type}\r\n\r\ngrant_type"
    );
    let told = spawn_blocking(move || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(LONGEST))?;
        stream.write_all(begun.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    });
    let answer = told.await??;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("invalid_request"), "{path}: {answer}");
    Ok(())
}

#[actix_web::test]
async fn guesses_at_secrets_are_counted_for_who_makes_them_also_behind_a_proxy() -> Outcome {
    let stage = Stage::new("workflows-guesses", PermissionsIn::Registry).await?;
    let made = stage.create(&["job.read"], &["admin"]).await?;
    let form = [("grant_type", "client_credentials"), ("client_id", &made.id), ("client_secret", "wrong")];
    let guess =
        |from: &str| stage.accounts.post("/connect/token").header("x-real-ip", from).form(&form).send();
    let mut answer = guess("192.0.2.1").await?.expect_error(400, "invalid_client")?;
    for _ in 0..100 {
        answer = guess("192.0.2.1").await?;
        if answer.status() == 429 {
            break;
        }
    }
    assert!(answer.expect_error(429, "temporarily_unavailable")?.field("retry-after").is_some());
    guess("192.0.2.2").await?.expect_error(400, "invalid_client")?;
    Ok(())
}
