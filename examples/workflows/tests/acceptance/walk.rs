use std::time::Duration;

use example_workflows::PermissionsIn;
use scopa_systems::{Answer, Outcome, Walk, claims, header};
use serde_json::{Value, json};

use crate::stage::{Made, NOW, Stage, client, log, named};
use crate::{cells, data_files};

/// The steps as `workfloplus.md` numbers them.
#[actix_web::test]
async fn the_acceptance_script() -> Outcome {
    let mut walk = Walk::of("workfloplus", 15);
    let mut stage = Stage::new("workflows-walk", PermissionsIn::Registry).await?;
    let c = clients_and_tokens(&stage, &mut walk).await?;
    scopes_and_permissions(&stage, &mut walk, &c).await?;
    tokens_that_are_not_good(&stage, &mut walk, &c).await?;
    assert_eq!(cells::all_agree()?, 27 * 26 * 5);
    walk.step(8, "27 policies x 26 scopes x 5 permissions agree with the published table, cell by cell");
    traps(&stage, &mut walk).await?;
    keys(&mut stage, &mut walk).await?;
    changes(&stage, &mut walk).await?;
    let (files, questions) = data_files::all_agree().await?;
    walk.step(
        15,
        &format!("{files} data files and {questions} questions about them come out as their manifest says"),
    );
    walk.finish()
}

async fn clients_and_tokens(stage: &Stage, walk: &mut Walk) -> Outcome<Made> {
    let Stage { accounts, gateway, owner, .. } = stage;
    let body = client("My Job Scheduling Application", &["workflow.read", "schedule.admin"], &["admin"]);
    let made = accounts.post("/api/client/").bearer(owner).json(&body).send().await?.expect(201)?;
    let (answer, secret) = (made.json()?, made.text("newSecret")?);
    let c = Made { id: made.text("/client/clientId")?, secret: secret.clone() };
    let expected = json!({
        "clientId": c.id, "grantTypes": ["client_credentials"], "secrets": [{"secretId": made.text("/client/secrets/0/secretId")?}],
        "teamName": "myteam", "displayName": "My Job Scheduling Application",
        "scopes": [named("workflow.read"), named("schedule.admin")],
        "allowAccessTokensViaBrowser": false, "clientPermissions": ["admin"],
    });
    assert_eq!(answer["client"], expected);
    assert!(!answer["client"].to_string().contains(&secret));
    let shown = accounts.get(&format!("/api/client/{}", c.id)).bearer(owner).send().await?.expect(200)?;
    assert_eq!(shown.json()?, expected);
    let path = format!("/api/client/{}", c.id);
    let put = accounts.request("PUT", &path).bearer(owner).json(&body).send().await?.expect(200)?;
    assert_eq!(put.json()?, expected);
    let second = accounts.post(&format!("{path}/secrets")).bearer(owner).send().await?.expect(201)?;
    assert!(!second.body().contains(&secret));
    let second = format!("{path}/secrets/{}", second.text("secretId")?);
    accounts.request("DELETE", &second).bearer(owner).send().await?.expect(204)?;
    walk.step(1, "the owner makes a client; the secret is in this answer and in no later one");

    let given = stage.ask(&c, &[]).await?.expect(200)?;
    assert_eq!(given.field("cache-control"), Some("no-store"));
    let answer = given.json()?;
    assert_eq!((&answer["expires_in"], &answer["token_type"]), (&json!(3600), &json!("Bearer")));
    assert_eq!(answer["scope"], format!("{} {}", named("workflow.read"), named("schedule.admin")));
    let token = given.text("access_token")?;
    let (head, body) = (header(&token)?, claims(&token)?);
    assert_eq!((&head["alg"], &head["typ"]), (&json!("RS256"), &json!("JWT")));
    assert!(head["kid"].is_string());
    let origin = accounts.origin();
    let expected = json!({
        "nbf": NOW, "exp": NOW + 3600, "iss": origin,
        "aud": [format!("{origin}/resources"), "5b55d47619a27662276d4e99", "5b2d2774bf0914cc7c959bec"],
        "client_id": c.id, "intoware.workfloplus.team": "myteam",
        "scope": [named("workflow.read"), named("schedule.admin")],
    });
    assert_eq!(body, expected);
    let discovered = accounts.get("/.well-known/openid-configuration").send().await?.expect(200)?;
    let keys = accounts.get(&discovered.text("jwks_uri")?).send().await?.expect(200)?;
    assert_eq!(keys.json()?["keys"][0]["kid"], head["kid"]);
    walk.step(2, "a token without `scope`: both URIs in an array, `aud` an array, no `sub`, `iat`, `jti`, no permissions");

    gateway.get("/workflows/v2").bearer(&token).send().await?.expect(200)?;
    let job = json!({"workflow": "w1", "due": "2026-12-01T08:00:00Z"});
    let scheduled = gateway.post("/scheduledjobs/v1").bearer(&token).json(&job).send().await?.expect(201)?;
    let path = format!("/scheduledjobs/v1/{}", scheduled.text("id")?);
    let read = gateway.get(&path).bearer(&token).send().await?.expect(200)?;
    assert_eq!(read.text("due")?, "2026-12-01T08:00:00Z");
    assert_eq!(read.field("cache-control"), Some("private, no-store"));
    let people = accounts.get("/api/team/user").bearer(&token).send().await?.expect(200)?;
    assert_eq!(people.json()?.as_array().map(Vec::len), Some(2));
    walk.step(3, "workflows are read, a job is scheduled and read back, any valid token lists people");
    Ok(c)
}

async fn scopes_and_permissions(stage: &Stage, walk: &mut Walk, c: &Made) -> Outcome {
    let Stage { accounts, gateway, admin, .. } = stage;
    let narrow =
        stage.ask(c, &[("scope", &named("workflow.read"))]).await?.expect(200)?.text("access_token")?;
    // A list of one is an array, too.
    assert_eq!(claims(&narrow)?["scope"], json!([named("workflow.read")]));
    gateway.get("/workflows/v2").bearer(&narrow).send().await?.expect(200)?;
    let job = json!({"workflow": "w1", "due": "2026-12-01T08:00:00Z"});
    let refused = gateway.post("/scheduledjobs/v1").bearer(&narrow).json(&job).send().await?;
    refused.expect_scope(403, &named("schedule.admin"))?;
    walk.step(4, "a token of one scope does not schedule: 403 with the scope that would do");

    let body = client("another", &["workflow.read"], &["admin"]);
    let create = |token: &str| accounts.post("/api/client/").bearer(token).json(&body).send();
    let refused = create(admin).await?.expect(403)?.expect_no_challenge()?;
    assert_eq!(refused.text("error")?, "forbidden");
    walk.step(5, "the admin makes no client: the right scope, the wrong permission, and no challenge");
    // It lacks the permission, too: no scope could help.
    create(&stage.token(c).await?).await?.expect(403)?.expect_no_challenge()?;
    walk.step(5, "the client makes no client");

    stage.ask(c, &[("scope", &named("team.admin"))]).await?.expect_error(400, "invalid_scope")?;
    walk.step(6, "a scope that is not registered for the client: invalid_scope");
    let wrong = Made { id: c.id.clone(), secret: "wrong".into() };
    let unknown = Made { id: "6169572beee5ee0001a4b58c".into(), secret: c.secret.clone() };
    let wrong = stage.ask(&wrong, &[]).await?.expect_error(400, "invalid_client")?;
    let unknown = stage.ask(&unknown, &[]).await?.expect_error(400, "invalid_client")?;
    assert_eq!(wrong.body(), unknown.body());
    walk.step(6, "a wrong secret and an unknown id: invalid_client, the same bytes");
    Ok(())
}

async fn tokens_that_are_not_good(stage: &Stage, walk: &mut Walk, c: &Made) -> Outcome {
    let Stage { clock, gateway, .. } = stage;
    let ask = |token: &str| gateway.get("/workflows/v2").bearer(token).send();
    gateway.get("/workflows/v2").send().await?.expect_bare_challenge()?;
    gateway.get("/workflows/v2").header("authorization", "").send().await?.expect_bare_challenge()?;
    walk.step(7, "no token: 401 with a bare challenge");
    let token = stage.token(c).await?;
    ask(&token).await?.expect(200)?;
    // Clocks may be half a minute apart.
    clock.set(NOW - 31);
    ask(&token).await?.expect_invalid_token()?;
    walk.step(7, "before `nbf`: 401");
    clock.set(NOW + 3600 + 30);
    ask(&token).await?.expect_invalid_token()?;
    walk.step(7, "past `exp`: 401 invalid_token");
    clock.set(NOW);
    ask(&token).await?.expect(200)?;
    let elsewhere = stage.ask(c, &[("resource", "5b2d2774bf0914cc7c959bec")]).await?.expect(200)?;
    ask(&elsewhere.text("access_token")?).await?.expect_invalid_token()?;
    walk.step(7, "of another API: 401");
    Ok(())
}

async fn traps(stage: &Stage, walk: &mut Walk) -> Outcome {
    let Stage { gateway, .. } = stage;
    let modify = stage.token_with(&["job.modify"], &["ADMIN"]).await?;
    gateway.get("/jobs/v1/").bearer(&modify).send().await?.expect(200)?;
    gateway.get("/jobs/v1/my/").bearer(&modify).send().await?.expect_scope(403, &named("job.read"))?;
    walk.step(9, "`job.modify` reads all jobs, and not one's own: it is no edge");

    let admin = stage.token_with(&["workflow.admin"], &["owner"]).await?;
    let workflow = json!({"title": "Change a filter"});
    let put = gateway.request("PUT", "/workflows/v2/w1").bearer(&admin).json(&workflow);
    put.send().await?.expect(200)?;
    gateway.request("DELETE", "/workflows/v2/w1").bearer(&admin).send().await?.expect(204)?;
    let started = gateway.post("/jobs/v1").bearer(&admin).json(&json!({"workflow": "w1"})).send().await?;
    started.expect_scope(403, &named("workflow.execute"))?;
    walk.step(10, "`workflow.admin` deletes workflows and executes none: no rule reads names");
    Ok(())
}

async fn keys(stage: &mut Stage, walk: &mut Walk) -> Outcome {
    let gateway = &stage.gateway;
    let worker = stage.token_with(&["job.admin"], &["owner"]).await?;
    let done = json!({"workflow": "w1", "isCompleted": true});
    gateway.post("/jobs/v1/done").bearer(&worker).json(&done).send().await?.expect(200)?;
    let running = json!({"workflow": "w1"});
    gateway.post("/jobs/v1/running").bearer(&worker).json(&running).send().await?.expect(200)?;

    let token = stage.token_with(&["query.admin"], &["admin"]).await?;
    let new = async |kind: &str| -> Outcome<Answer> {
        gateway.post(&format!("/api/query/v2/keys/{kind}")).bearer(&token).send().await?.expect(201)
    };
    let graph = |key: &str| gateway.get(&format!("{GRAPH}?query=%7Bjobs%7D&key={key}"));
    let is_refused = |answer: Answer| -> Outcome {
        answer.expect_bare_challenge().map(|answer| assert_eq!(answer.challenge(), Some("Bearer")))
    };

    let primary = new("primary").await?.text("/key/value")?;
    let secondary = new("secondary").await?.text("/key/value")?;
    let answer = graph(&primary).send().await?.expect(200)?;
    assert_eq!(answer.json()?["jobs"][0]["id"], "done");
    assert_eq!(answer.json()?["jobs"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer.field("cache-control"), Some("private, no-store"));
    let by_token = gateway.get(&format!("{GRAPH}?query=x")).bearer(&token).send().await?.expect(200)?;
    assert_eq!(by_token.json()?, answer.json()?);
    let changed = new("primary").await?.text("/key/value")?;
    is_refused(graph(&primary).send().await?)?;
    graph(&secondary).send().await?.expect(200)?;
    graph(&changed).send().await?.expect(200)?;
    for bad in ["", "x", &format!("{secondary}x"), &secondary.to_uppercase()] {
        is_refused(graph(bad).send().await?)?;
    }
    walk.step(11, "a key reads completed jobs; a new primary ends the old one and not the secondary");

    let temporary = new("temporary").await?;
    assert_eq!(temporary.text("/key/expiry")?, "2026-11-22T08:46:40Z");
    let temporary = temporary.text("/key/value")?;
    stage.clock.advance(Duration::from_secs(3599));
    graph(&temporary).send().await?.expect(200)?;
    stage.clock.advance(Duration::from_secs(1));
    is_refused(graph(&temporary).send().await?)?;
    graph(&secondary).send().await?.expect(200)?;
    walk.step(11, "a temporary key is good for an hour");

    let elsewhere = gateway.get(&format!("/jobs/v1/?key={changed}")).send().await?;
    is_refused(elsewhere)?;
    walk.step(12, "the key opens no other route");
    // Their first ones have ended by now, but for half a minute.
    [stage.owner, stage.admin] = stage.service.tokens_for_trying_out().await?;
    let (stage, gateway) = (&*stage, &stage.gateway);
    let token = stage.token_with(&["query.read"], &["admin"]).await?;
    let graph = |key: &str| gateway.get(&format!("{GRAPH}?query=%7Bjobs%7D&key={key}"));
    for both in [
        graph(&changed).bearer(&token),
        graph(&changed).header("authorization", ""),
        graph(&changed).bearer("forged"),
        graph("x").bearer(&token),
        gateway.get(&format!("{GRAPH}?key={changed}&query=x&key={secondary}")),
        gateway.get(&format!("{GRAPH}?query=x&%6Bey={changed}")).bearer(&token),
    ] {
        let answer = both.send().await?.expect_error(400, "invalid_request")?;
        assert_eq!(answer.challenged("error"), Some("invalid_request"));
    }
    graph(&changed).send().await?.expect(200)?;
    walk.step(12, "key and bearer together, or two keys: 400");
    let logged = log();
    assert!(logged.contains(GRAPH) && logged.contains("a key and an Authorization field"));
    for secret in [&primary, &secondary, &changed, &temporary, &token] {
        assert!(!logged.contains(secret.as_str()));
    }
    walk.step(12, "the log has the address, and no key");
    Ok(())
}

async fn changes(stage: &Stage, walk: &mut Walk) -> Outcome {
    let Stage { accounts, gateway, owner, .. } = stage;
    let scopes = ["workflow.read", "schedule.admin"];
    let c = stage.create(&scopes, &["admin"]).await?;
    let path = format!("/api/client/{}", c.id);
    let added = accounts.post(&format!("{path}/secrets")).bearer(owner).send().await?.expect(201)?;
    let second = Made { id: c.id.clone(), secret: added.text("newSecret")? };
    stage.token(&c).await?;
    let token = stage.token(&second).await?;
    let listed = accounts.get(&path).bearer(owner).send().await?.expect(200)?;
    assert!(!listed.body().contains(&c.secret) && !listed.body().contains(&second.secret));
    assert_eq!(listed.text("/secrets/1/secretId")?, added.text("secretId")?);
    let first = format!("{path}/secrets/{}", listed.text("/secrets/0/secretId")?);
    accounts.request("DELETE", &first).bearer(owner).send().await?.expect(204)?;
    stage.ask(&c, &[]).await?.expect_error(400, "invalid_client")?;
    stage.token(&second).await?;
    accounts.request("DELETE", &first).bearer(owner).send().await?.expect(404)?;
    walk.step(13, "two secrets are good at once; the first is deleted, the second still works");

    // This one lives on; the next step changes it first.
    let job: Value = json!({"workflow": "w1", "due": "2026-12-01T08:00:00Z"});
    let schedule = || gateway.post("/scheduledjobs/v1").bearer(&token).json(&job).send();
    schedule().await?.expect(201)?;
    let change = client("a client", &scopes, &["editor"]);
    let changed = accounts.request("PUT", &path).bearer(owner).json(&change).send().await?.expect(200)?;
    assert_eq!(changed.json()?["clientPermissions"], json!(["editor"]));
    let refused = schedule().await?.expect(403)?.expect_no_challenge()?;
    assert_eq!(refused.text("error")?, "forbidden");
    gateway.get("/workflows/v2").bearer(&token).send().await?.expect(200)?;
    walk.step(
        14,
        "another permission counts for the living token at the next request: 403 without a challenge",
    );

    accounts.request("DELETE", &path).bearer(owner).send().await?.expect(204)?;
    gateway.get("/workflows/v2").bearer(&token).send().await?.expect_invalid_token()?;
    gateway.get("/collections/v1/collection").bearer(&token).send().await?.expect_invalid_token()?;
    stage.ask(&second, &[]).await?.expect_error(400, "invalid_client")?;
    walk.step(13, "the client is deleted: its living token is refused at the next request");
    Ok(())
}

const GRAPH: &str = "/api/query/v2/graph";
