use example_research::{T1, T2};
use scopa_systems::Outcome;
use serde_json::{Value, json};

use crate::kit::{App, Service, machine, one, other};

#[tokio::test]
async fn what_no_application_may_be_is_refused_and_says_why() -> Outcome {
    let service = Service::start("applications").await?;
    let with = |name: &str, value: Value| {
        let mut application = machine(&["rest_api:read"], &[T1]);
        application[name] = value;
        application
    };
    for (application, why) in [
        (with("scopes", json!(["oauth_applications:write"])), "`scopes`"),
        (with("scopes", json!(["rest_api"])), "`scopes`"),
        (with("scopes", json!([one()])), "`scopes`"),
        (with("scopes", json!(["team_{team}"])), "`scopes`"),
        (with("scopes", json!(["rest_api:read projects:read"])), "`scopes`"),
        (with("teams", json!([T1.to_uppercase()])), "`teams`"),
        (with("teams", json!(["{team}"])), "`teams`"),
        (with("teams", json!(["*"])), "`teams`"),
        (with("teams", json!([format!("{T1} rest_api:write")])), "`teams`"),
        (with("grants", json!([])), "grants"),
        (with("grants", json!(["password"])), "JSON"),
        (with("confidential", json!(false)), "grants"),
        (with("name", json!("")), "name"),
        (with("name", json!("a\nb")), "name"),
        (with("unknown", json!(1)), "JSON"),
        (with("redirect_uris", json!(["http://evil.example/"])), "redirect_uris"),
        (json!([]), "JSON"),
    ] {
        let answer = service.register(&application).await?.expect_error(400, "invalid_request")?;
        assert!(answer.text("error_description")?.contains(why), "{application}: {answer:?}");
    }
    let post = || service.http.post("/v1/oauth-applications").bearer(&service.admin);
    post().body("application/json", "{").send().await?.expect(400)?;
    post().body("text/plain", "{}").send().await?.expect(415)?;
    post().send().await?.expect(415)?;
    let long = post().body("application/json", "x".repeat(100_000)).send_unless_closed().await?;
    assert!(long.is_none_or(|answer| answer.status() == 413));
    Ok(())
}

#[tokio::test]
async fn what_is_taken_from_an_application_is_felt_by_the_next_request() -> Outcome {
    let service = Service::start("taken").await?;
    let app = service.machine(&["rest_api:read"], &[T1, T2]).await?;
    let tokens = [
        service.token(&app, &format!("{} rest_api:read", one())).await?,
        service.token(&app, &format!("{} rest_api:read", other())).await?,
    ];
    let statuses = async || -> Outcome<[u16; 2]> {
        let read = async |team: &str, token: &str| -> Outcome<u16> {
            Ok(service.call(&format!("GET /v1/teams/{team}/notes"), token).await?.status())
        };
        Ok([read(T1, &tokens[0]).await?, read(T2, &tokens[1]).await?])
    };
    assert_eq!(statuses().await?, [200, 200]);
    let path = format!("/v1/oauth-applications/{}", app.id);
    let change = async |application: Value| {
        service.http.request("PUT", &path).bearer(&service.admin).json(&application).send().await
    };
    change(machine(&["rest_api:read"], &[T2])).await?.expect(200)?;
    assert_eq!(statuses().await?, [401, 200]);
    service.ask_as(&app, &format!("{} rest_api:read", one())).await?.expect_error(400, "invalid_scope")?;
    // A token that its application gave back is refused, too.
    let form = [("client_id", &*app.id), ("client_secret", &app.secret), ("token", &tokens[1])];
    service.http.post("/v1/oauth/revoke").form(&form).send().await?.expect(200)?;
    assert_eq!(statuses().await?, [401, 401]);
    let last = service.token(&app, &format!("{} rest_api:read", other())).await?;
    service.call("GET /v1/ping", &last).await?.expect(200)?;
    let notes = format!("GET /v1/teams/{T2}/notes");
    service.call(&notes, &last).await?.expect(200)?;
    service.http.request("DELETE", &path).bearer(&service.admin).send().await?.expect(204)?;
    service.call("GET /v1/ping", &last).await?.expect_invalid_token()?;
    service.call(&notes, &last).await?.expect_invalid_token()?;
    service.http.request("DELETE", &path).bearer(&service.admin).send().await?.expect(404)?;
    change(machine(&["rest_api:read"], &[T2])).await?.expect(404)?;
    Ok(())
}

#[tokio::test]
async fn the_client_of_the_vendors_own_people_is_no_application() -> Outcome {
    let service = Service::start("ours").await?;
    for id in ["website", "%77ebsite"] {
        let call = |method: &str| {
            let call = service.http.request(method, &format!("/v1/oauth-applications/{id}"));
            call.bearer(&service.admin)
        };
        call("DELETE").send().await?.expect(404)?;
        call("PUT").json(&machine(&["rest_api:read"], &[])).send().await?.expect(404)?;
        let secrets = format!("/v1/oauth-applications/{id}/secrets");
        service.http.post(&secrets).bearer(&service.admin).send().await?.expect(404)?;
    }
    service.call("GET /v1/ping", &service.admin).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_say_and_never_takes_the_secrets() -> Outcome {
    let service = Service::start("kept").await?;
    let app = service.machine(&["rest_api:read"], &[T1]).await?;
    let change = async |id: &str, application: &Value| {
        let call = service.http.request("PUT", &format!("/v1/oauth-applications/{id}"));
        call.bearer(&service.admin).json(application).send().await
    };
    let with_code = |confidential: bool| {
        let mut application = machine(&["rest_api:read"], &[T1]);
        application["confidential"] = json!(confidential);
        application["grants"] = json!(["authorization_code"]);
        application["redirect_uris"] = json!(["https://app.example/callback"]);
        application
    };
    let answer = change(&app.id, &with_code(false)).await?.expect_error(400, "invalid_request")?;
    assert!(answer.text("error_description")?.contains("`confidential`"), "{answer:?}");
    service.token(&app, "rest_api:read").await?;
    let public = service.register(&with_code(false)).await?.expect(201)?;
    assert!(public.json()?.get("client_secret").is_none());
    let public = public.text("client_id")?;
    change(&public, &with_code(true)).await?.expect_error(400, "invalid_request")?;
    change(&public, &with_code(false)).await?.expect(200)?;
    let secrets = format!("/v1/oauth-applications/{public}/secrets");
    service.http.post(&secrets).bearer(&service.admin).send().await?.expect_error(400, "invalid_request")?;

    // A partner stays one until somebody says that it is none.
    let mut partner = with_code(true);
    partner["partner"] = json!(true);
    let made = service.register(&partner).await?.expect(201)?;
    let partner = App { id: made.text("client_id")?, secret: made.text("client_secret")? };
    let mut wanted = machine(&["rest_api:read"], &[T1]);
    change(&partner.id, &wanted).await?.expect_error(400, "invalid_request")?;
    let kept = change(&partner.id, &with_code(true)).await?.expect(200)?;
    assert_eq!(kept.json()?["partner"], true);
    change(&partner.id, &wanted).await?.expect_error(400, "invalid_request")?;
    service.ask_as(&partner, "rest_api:read").await?.expect_error(400, "unauthorized_client")?;
    wanted["partner"] = json!(false);
    assert_eq!(change(&partner.id, &wanted).await?.expect(200)?.json()?["partner"], false);
    let token = service.token(&partner, "rest_api:read").await?;
    // What the registration knows is in no token.
    let claims = scopa_systems::claims(&token)?;
    assert!(claims.get("partner").is_none() && claims.get("confidential").is_none(), "{claims}");
    Ok(())
}

#[tokio::test]
async fn a_secret_is_changed_without_an_outage() -> Outcome {
    let service = Service::start("secrets").await?;
    let made = service.register(&machine(&["rest_api:read"], &[T1])).await?.expect(201)?;
    let first = App { id: made.text("client_id")?, secret: made.text("client_secret")? };
    let secrets = format!("/v1/oauth-applications/{}/secrets", first.id);
    let added = service.http.post(&secrets).bearer(&service.admin).send().await?.expect(201)?;
    assert_eq!(added.field("cache-control"), Some("no-store"));
    let second = App { secret: added.text("client_secret")?, ..first.clone() };
    service.token(&first, "rest_api:read").await?;
    service.token(&second, "rest_api:read").await?;

    let former = format!("{secrets}/{}", made.text("/secret_ids/0")?);
    let end = async |path: &str| service.http.request("DELETE", path).bearer(&service.admin).send().await;
    end(&former).await?.expect(204)?;
    service.ask_as(&first, "rest_api:read").await?.expect_error(400, "invalid_client")?;
    service.token(&second, "rest_api:read").await?;
    let told = service.http.request("PUT", &format!("/v1/oauth-applications/{}", first.id));
    let told =
        told.bearer(&service.admin).json(&machine(&["rest_api:read"], &[T1])).send().await?.expect(200)?;
    assert_eq!(told.json()?["secret_ids"], json!([added.text("secret_id")?]));
    // That of another application is not there for this one.
    let other = service.register(&machine(&["rest_api:read"], &[T1])).await?.expect(201)?;
    for path in [former, format!("{secrets}/{}", other.text("/secret_ids/0")?), format!("{secrets}/%00")] {
        end(&path).await?.expect_error(404, "not_found")?;
    }
    let nobody = "/v1/oauth-applications/nobody/secrets";
    service.http.post(nobody).bearer(&service.admin).send().await?.expect_error(404, "not_found")?;
    end(&format!("{nobody}/x")).await?.expect_error(404, "not_found")?;
    Ok(())
}
