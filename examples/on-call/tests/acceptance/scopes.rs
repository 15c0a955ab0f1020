use example_on_call::{People, api_alone, hierarchy};
use scopa_axum::Hierarchy;
use scopa_systems::{Http, Outcome};
use scopa_testing::TestIssuer;

use crate::service::{Place, graph, serve_apart};

mod ladder {
    scopa_axum::scopes! {
        pub(crate) fn hierarchy;
        Graph = "api" { Rest = "api:v1" },
    }
}

fn apis(issuer: &TestIssuer, hierarchy: Hierarchy) -> Outcome<(Http, Place)> {
    let people = People::for_trying_out("http://localhost")?.into();
    serve_apart(api_alone("http://localhost", issuer.validator().hierarchy(hierarchy), people)?)
}

#[tokio::test]
async fn a_ladder_would_hand_the_rest_api_to_every_graphql_token() -> Outcome {
    let issuer = TestIssuer::new();
    let token = issuer.token().subject("alice").scope("api").sign();
    let rest = |apis: &Http| apis.get("/api/v1/heartbeats/").bearer(&token).send();

    let (siblings, _place) = apis(&issuer, hierarchy()?)?;
    graph(&siblings, &token).await?.expect(200)?;
    rest(&siblings).await?.expect_scope(403, "api:v1")?;

    let (ladder, _place) = apis(&issuer, ladder::hierarchy()?)?;
    graph(&ladder, &token).await?.expect(200)?;
    rest(&ladder).await?.expect(200)?;
    Ok(())
}

#[test]
fn the_ladder_is_the_line_that_the_file_has_as_a_comment() {
    let commented = include_str!("../../src/scopes.rs").lines().map(str::trim);
    let ours = include_str!("scopes.rs").lines().map(str::trim);
    let line = r#"Graph = "api" { Rest = "api:v1" },"#;
    assert_eq!(commented.filter(|found| *found == format!("// {line}")).count(), 1);
    assert_eq!(ours.filter(|found| *found == line).count(), 1);
}
