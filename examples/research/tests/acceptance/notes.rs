use example_research::{T1, T2};
use scopa_systems::Outcome;
use serde_json::json;

use crate::kit::{Service, one, other};

#[tokio::test]
async fn notes_are_kept_by_team_changed_and_removed() -> Outcome {
    let service = Service::start("notes").await?;
    let app = service.machine(&["rest_api:read", "rest_api:write"], &[T1, T2]).await?;
    let of_one = service.token(&app, &format!("{} rest_api:read rest_api:write", one())).await?;
    let of_other = service.token(&app, &format!("{} rest_api:read rest_api:write", other())).await?;
    let notes = format!("/v1/teams/{T1}/notes");
    let made = service.call(&format!("POST {notes}"), &of_one).await?.expect(201)?.json()?;
    assert_eq!(made, json!({"id": 3, "text": "a note", "private": false, "author": app.id}));

    let changed = service.http.request("PUT", &format!("{notes}/3")).bearer(&of_one);
    let changed =
        changed.json(&json!({"text": "another", "private": true})).send().await?.expect(200)?.json()?;
    assert_eq!(changed, json!({"id": 3, "text": "another", "private": true, "author": app.id}));
    let shown = service.call(&format!("GET {notes}/3"), &of_one).await?.expect(200)?;
    assert_eq!(shown.json()?, changed);
    // The same number in another team is another note, or none.
    let elsewhere = format!("/v1/teams/{T2}/notes");
    service.call(&format!("GET {elsewhere}/3"), &of_other).await?.expect(404)?;
    service.call(&format!("DELETE {elsewhere}/3"), &of_other).await?.expect(404)?;

    service.call(&format!("DELETE {notes}/3"), &of_one).await?.expect(204)?;
    for request in [format!("GET {notes}/3"), format!("PUT {notes}/3"), format!("DELETE {notes}/3")] {
        service.call(&request, &of_one).await?.expect(404)?;
    }
    for id in ["0", "-1", "x", "99999999999999999999", "%FF", "1%2F2", "+1", "01", "%201", "1%00"] {
        service.call(&format!("GET {notes}/{id}"), &of_one).await?.expect(404)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_team_has_room_for_a_hundred_and_no_more() -> Outcome {
    let service = Service::start("room").await?;
    let app = service.machine(&["rest_api:write"], &[T1, T2]).await?;
    let token = service.token(&app, &format!("{} rest_api:write", one())).await?;
    let add = format!("POST /v1/teams/{T1}/notes");
    for _ in 2..100 {
        service.call(&add, &token).await?.expect(201)?;
    }
    service.call(&add, &token).await?.expect_error(507, "too_many")?;
    service.call(&format!("DELETE /v1/teams/{T1}/notes/50"), &token).await?.expect(204)?;
    service.call(&add, &token).await?.expect(201)?;
    let token = service.token(&app, &format!("{} rest_api:write", other())).await?;
    service.call(&format!("POST /v1/teams/{T2}/notes"), &token).await?.expect(201)?;
    Ok(())
}

#[tokio::test]
async fn a_note_of_another_team_is_as_one_that_is_not_there() -> Outcome {
    let service = Service::start("hidden").await?;
    let app = service.machine(&["rest_api:read", "rest_api:write"], &[T1, T2]).await?;
    let token = service.token(&app, &format!("{} rest_api:read", one())).await?;
    let none =
        service.call(&format!("GET /v1/teams/{T1}/notes/9"), &token).await?.expect_error(404, "not_found")?;
    for team in [T2, &T1.to_uppercase(), "*", "%FF", "0123456789abcdef01234567"] {
        let answer = service.call(&format!("GET /v1/teams/{team}/notes/1"), &token).await?;
        let answer = answer.expect_error(404, "not_found")?.expect_no_challenge()?;
        assert_eq!(answer.body(), none.body());
        // By default a route says what would do.
        let answer = service.call(&format!("GET /v1/teams/{team}/notes"), &token).await?.expect(403)?;
        assert_eq!(answer.challenged("error"), Some("insufficient_scope"));
    }
    service.call(&format!("GET /v1/teams/{T1}/notes/1"), &token).await?.expect(200)?;
    // Without any team, too; and who holds the team is told what else is needed.
    let no_team = service.token(&app, "rest_api:read").await?;
    service.call(&format!("GET /v1/teams/{T1}/notes/1"), &no_team).await?.expect_error(404, "not_found")?;
    let scope = format!("{} rest_api:write", one());
    let writes = service.token(&app, &scope).await?;
    let answer = service.call(&format!("GET /v1/teams/{T1}/notes/1"), &writes).await?;
    answer.expect_scope(403, &format!("{} rest_api:read", one()))?;
    // Nobody without a good token learns even that.
    service.http.get(&format!("/v1/teams/{T2}/notes/1")).send().await?.expect_bare_challenge()?;
    service.call(&format!("GET /v1/teams/{T2}/notes/1"), "x").await?.expect_invalid_token()?;
    Ok(())
}
