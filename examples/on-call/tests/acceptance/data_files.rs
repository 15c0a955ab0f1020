use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use example_on_call::{AUDIENCE, People, api_alone, hierarchy};
use scopa_axum::{HttpClient, Introspection, Validator};
use scopa_systems::{Entry, Outcome, Walk, tokens};
use scopa_testing::ManualClock;
use serde_json::Value;

use crate::service::{Service, graph, serve_apart};

/// Has the APIs ask an issuer that answers as django-oauth-toolkit did.
pub(crate) async fn each_gets_its_verdict(walk: &mut Walk) -> Outcome {
    let entries = tokens("opsduty")?;
    let is_token = |entry: &&Entry| entry.kind == "opaque_token";
    let token = entries.iter().find(is_token).ok_or("no token")?;
    let service = Service::start("data-files").await?;
    let answer = service.rest(&token.text).await?.expect_invalid_token()?;
    assert_eq!(Some(answer.status()), token.status);

    for entry in entries.iter().filter(|entry| !is_token(entry)) {
        assert_eq!(entry.kind, "introspection_response");
        let stored: Value = serde_json::from_str(&entry.text)?;
        let (issuer, _place) = serve_apart(answering(&stored)?)?;
        let asks = Introspection::new("api", "secret").endpoint(format!("{}/introspect", issuer.origin()));
        let (audience, asks) = match &entry.verify.audience {
            Some(audience) => (audience.as_str(), asks),
            None => (AUDIENCE, asks.dangerously_accept_missing_audience()),
        };
        let auth = Validator::builder(issuer.origin(), audience)
            .introspect(asks, HttpClient::new()?)
            .hierarchy(hierarchy()?)
            .leeway(Duration::from_secs(entry.verify.leeway))
            .clock(ManualClock::at(entry.verify.at));
        let people = People::for_trying_out(issuer.origin())?.into();
        let (apart, _place) = serve_apart(api_alone(issuer.origin(), auth, people)?)?;

        let list = apart.get("/api/v1/heartbeats/").bearer(&token.text).send().await?;
        assert_eq!(Some(list.status()), entry.status, "{}: {list:?}", entry.id);
        assert_eq!(list.challenged("error"), entry.error.as_deref(), "{}", entry.id);
        if !entry.is_accepted() {
            continue;
        }
        let scopes = entry.scopes.as_ref().ok_or("no scopes")?;
        let asked = graph(&apart, &token.text).await?;
        match scopes.iter().any(|scope| scope == "api") {
            true => assert_eq!(asked.expect(200)?.text("/data/me")?, "alice"),
            false => drop(asked.expect_scope(403, "api")?),
        }
        // She may see this schedule: the answer says whose the token is, in `username` alone.
        let shifts = apart.get("/api/v1/schedules/2/shifts/").bearer(&token.text).send().await?;
        shifts.expect(200)?;
    }
    walk.step(19, &format!("the {} data files of django-oauth-toolkit get their verdicts", entries.len()));
    Ok(())
}

/// An introspection endpoint that always says the same.
fn answering(stored: &Value) -> Outcome<Router> {
    let status = StatusCode::from_u16(serde_json::from_value(stored["status"].clone())?)?;
    let content_type: String = serde_json::from_value(stored["headers"]["content-type"].clone())?;
    let body = match &stored["body"] {
        Value::String(text) => text.clone(),
        object => object.to_string(),
    };
    let answer = async move || (status, [("content-type", content_type.clone())], body.clone());
    Ok(Router::new().route("/introspect", post(answer)))
}
