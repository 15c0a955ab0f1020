use example_research::{T1, T2};
use scopa_systems::Outcome;
use serde_json::json;

use crate::kit::{Service, one};

#[tokio::test]
async fn a_query_is_answered_with_what_it_names_of_the_teams_of_the_token() -> Outcome {
    let service = Service::start("graphql").await?;
    let app = service.machine(&["projects:read", "note_templates:read", "rest_api:read"], &[T1, T2]).await?;
    let ask = async |scope: &str, query: &str| -> Outcome<_> {
        let token = service.token(&app, scope).await?;
        service.http.post("/graphql").bearer(&token).json(&json!({"query": query})).send().await
    };
    let scope = format!("{} projects:read note_templates:read", one());
    let answer = ask(&scope, "query { mine: projects { key: id name } note_templates { team } }")
        .await?
        .expect(200)?;
    let project = json!({"key": "projects-1", "name": "the first of projects"});
    assert_eq!(answer.json()?, json!({"data": {"mine": [project], "note_templates": [{"team": T1}]}}));
    // However often it asks, under whichever names: there are sixteen scopes, and each is asked for once.
    let many: String = (0..90).map(|n| format!("a{n}: projects {{ id }} ")).collect();
    let answer = ask(&scope, &format!("query Many {{ {many} }}")).await?.expect(200)?;
    assert_eq!(answer.json()?["data"].as_object().unwrap().len(), 90);
    ask(&scope, &format!("{{ {many} tasks {{ id }} }}"))
        .await?
        .expect_scope(403, "projects:read tasks:read")?;
    // Without a team there is nothing to see.
    let answer = ask("projects:read", "{ projects { id } }").await?.expect(200)?;
    assert_eq!(answer.json()?, json!({"data": {"projects": []}}));
    // Under another name it is the same field; and a scope of REST is none of GraphQL.
    ask("projects:read", "{ projects: tasks { id } }").await?.expect_scope(403, "tasks:read")?;
    ask("rest_api:read", "{ fields { id } }").await?.expect_scope(403, "fields:read")?;
    Ok(())
}

#[tokio::test]
async fn what_the_example_does_not_know_is_refused_and_never_passed_over() -> Outcome {
    let service = Service::start("queries").await?;
    let app = service.machine(&["projects:read"], &[T1]).await?;
    let token = service.token(&app, &format!("{} projects:read", one())).await?;
    // As deep as 16 KiB of body can be: the parser must not go down with it.
    let deep = format!("{}{}", "{a".repeat(5000), "}".repeat(5000));
    let values = |count| format!("{{ projects(a: {}{}) {{ id }} }}", "[".repeat(count), "]".repeat(count));
    for query in [
        "",
        "{",
        "{}",
        "{ secrets { id } }",
        "{ projects }",
        "{ projects { } }",
        "{ projects { salary } }",
        "{ projects { id { id } } }",
        "{ projects { id } projects { name } }",
        "{ projects { id id } }",
        "{ projects(first: 1) { id } }",
        "{ projects @skip(if: true) { id } }",
        "{ projects { ... on Project { id } } }",
        "{ ...f } fragment f on Query { tasks { id } }",
        "{ ... { tasks { id } } }",
        "query a { projects { id } } query b { tasks { id } }",
        "query ($a: Int) { projects { id } }",
        "mutation { projects { id } }",
        "subscription { projects { id } }",
        "{ __schema { types { name } } }",
        &deep,
        &values(3000),
        &values(5000),
        &values(7000),
    ] {
        let call = service.http.post("/graphql").bearer(&token).json(&json!({"query": query}));
        let answer = call.send().await?.expect(400)?;
        assert!(!answer.text("/errors/0/message")?.is_empty());
    }
    for body in ["", "{}", "[]", r#"{"query":1}"#, r#"{"query":"{a}","query":"{b}"}"#] {
        let call = service.http.post("/graphql").bearer(&token).body("application/json", body.to_owned());
        call.send().await?.expect_error(400, "invalid_request")?;
    }
    Ok(())
}
