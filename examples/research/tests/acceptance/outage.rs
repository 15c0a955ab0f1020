use example_research::T1;
use scopa_systems::{Answer, Away, Outcome, store};
use serde_json::json;

use crate::kit::{App, Service, Setup, machine, one};

#[tokio::test]
async fn a_store_that_cannot_answer_is_503_for_all_and_lets_nobody_in() -> Outcome {
    let away = Away::new(store("outage").await?);
    let service = Setup { store: Some(away.clone()), ..Setup::new("outage")? }.start().await?;
    let app = service.machine(&["rest_api:read"], &[T1]).await?;
    let scope = format!("{} rest_api:read", one());
    let token = service.token(&app, &scope).await?;
    let notes = format!("GET /v1/teams/{T1}/notes");

    away.set(true);
    let is_unavailable = |answer: Answer| -> Outcome {
        let answer = answer.expect_error(503, "temporarily_unavailable")?.expect_no_challenge()?;
        assert!(answer.field("retry-after").is_some(), "{answer:?}");
        assert!(!answer.body().contains("password"), "{answer:?}");
        Ok(())
    };
    is_unavailable(service.ask_as(&app, &scope).await?)?;
    for request in [&*notes, "GET /v1/ping", &format!("GET /v1/teams/{T1}/notes/1"), "POST /graphql"] {
        is_unavailable(service.call(request, &token).await?)?;
    }
    let application = format!("/v1/oauth-applications/{}", app.id);
    let wanted = machine(&["rest_api:read"], &[T1]);
    for (method, path) in [
        ("POST", "/v1/oauth-applications"),
        ("PUT", &*application),
        ("DELETE", &*application),
        ("POST", &format!("{application}/secrets")),
        ("DELETE", &format!("{application}/secrets/x")),
    ] {
        let call = service.http.request(method, path).bearer(&service.admin).json(&wanted);
        is_unavailable(call.send().await?)?;
    }
    service.http.get("/openapi.json").send().await?.expect(200)?;

    away.set(false);
    service.call(&notes, &token).await?.expect(200)?;
    service.token(&app, &scope).await?;
    Ok(())
}

#[tokio::test]
async fn who_tries_secrets_is_told_to_wait() -> Outcome {
    let service = Service::start("tries").await?;
    let app = service.machine(&["rest_api:read"], &[T1]).await?;
    let wrong = App { secret: "wrong".into(), ..app.clone() };
    let mut answer = service.ask_as(&wrong, "rest_api:read").await?;
    for _ in 0..20 {
        if answer.status() == 429 {
            break;
        }
        answer.expect_error(400, "invalid_client")?;
        answer = service.ask_as(&wrong, "rest_api:read").await?;
    }
    let answer = answer.expect_error(429, "temporarily_unavailable")?;
    let seconds: u64 = answer.field("retry-after").ok_or("no Retry-After")?.parse()?;
    service.ask_as(&app, "rest_api:read").await?.expect_error(429, "temporarily_unavailable")?;
    service.clock.advance(std::time::Duration::from_secs(seconds));
    service.ask_as(&app, "rest_api:read").await?.expect(200)?;
    assert_eq!(
        service.call("GET /v1/ping", &service.admin).await?.json()?,
        json!({"client_id": "website", "person": "admin"})
    );
    Ok(())
}
