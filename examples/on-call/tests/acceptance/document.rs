use std::collections::BTreeSet;

use example_on_call::{People, api_alone, hierarchy};
use scopa_systems::{Asked, Http, Outcome, operations};
use scopa_testing::TestIssuer;
use serde_json::Value;

use crate::service::{Place, Service, serve_apart};

/// The APIs, taking tokens with any scopes.
async fn apis(issuer: &TestIssuer) -> Outcome<(Http, Place, Value)> {
    let auth = issuer.validator().hierarchy(hierarchy()?);
    let people = People::for_trying_out("http://localhost")?.into();
    let (http, place) = serve_apart(api_alone("http://localhost:8084", auth, people)?)?;
    let document = http.get("/api/v1/openapi.json").send().await?.expect(200)?;
    assert_eq!(document.field("content-type"), Some("application/json"));
    Ok((http, place, document.json()?))
}

#[tokio::test]
async fn the_document_and_the_enforcement_agree() -> Outcome {
    let issuer = TestIssuer::new();
    let (http, _place, document) = apis(&issuer).await?;
    let hierarchy = hierarchy()?;
    let declared: Vec<&str> = hierarchy.scopes().collect();
    let all = declared.join(" ");
    let mut public = Vec::new();
    for operation in operations(&document)? {
        let (method, path) = (&*operation.method, &*operation.path);
        let filled = path.replace("{schedule_id}", "1").replace(['{', '}'], "");
        let call = |token: Option<&str>| {
            let call = http.request(method, &filled).body("application/json", r#"{"query": "{ me }"}"#);
            token.into_iter().fold(call, |call, token| call.bearer(token)).send()
        };
        let bare = call(None).await?;
        if operation.asked == Asked::Public {
            bare.expect(200)?;
            public.push(format!("{method} {path}"));
            continue;
        }
        bare.expect_bare_challenge()?;
        call(Some("nope")).await?.expect_invalid_token()?;
        let alternatives = operation.asked.scopes("people");
        assert_eq!(alternatives.len(), 1, "{method} {path}");
        for held in declared.iter().copied().chain(["", &all]) {
            let token = issuer.token().subject("alice").scope(held).sign();
            let answer = call(Some(&token)).await?;
            let covers = |needed: &BTreeSet<String>| {
                needed.iter().all(|needed| held.split(' ').any(|held| hierarchy.covers(held, needed)))
            };
            match alternatives.iter().any(covers) {
                true => {
                    assert!(![401, 403, 405, 500].contains(&answer.status()), "{method} {path} {answer:?}")
                }
                false => {
                    let needed: Vec<String> = alternatives.iter().flatten().cloned().collect();
                    answer.expect_scope(403, &needed.join(" "))?;
                }
            }
        }
    }
    public.sort();
    let open = ["GET /heartbeats/checkin/{public_id}/", "GET /heartbeats/checkin/{public_id}/{environment}/"];
    assert_eq!(public, open);
    for path in ["/api/v1/nothing/", "/api/v1/heartbeats", "/api/v1/schedules/1/", "/heartbeats/"] {
        http.get(path).send().await?.expect(404)?;
    }
    http.get("/api/v1/docs").send().await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn every_operation_is_there_and_says_where_tokens_come_from() -> Outcome {
    let (_http, _place, document) = apis(&TestIssuer::new()).await?;
    let found = operations(&document)?;
    assert_eq!(found.len(), 14);
    let asks = |scope: &str| {
        let alone = BTreeSet::from([scope.to_owned()]);
        found.iter().filter(|operation| operation.asked.scopes("people") == [alone.clone()]).count()
    };
    assert_eq!((asks("api"), asks("api:v1")), (1, 11));
    for operation in found.iter().filter(|operation| operation.asked != Asked::Public) {
        let told = &document["paths"][&operation.path][operation.method.to_lowercase()]["responses"];
        assert!(
            ["400", "401", "403", "503"].iter().all(|status| told[status]["description"].is_string()),
            "{told}"
        );
    }
    let flow = &document["components"]["securitySchemes"]["people"]["flows"]["authorizationCode"];
    assert_eq!(flow["authorizationUrl"], "http://localhost:8084/oauth2/authorize/");
    assert_eq!(flow["tokenUrl"], "http://localhost:8084/oauth2/token/");
    let scopes: Vec<&String> = flow["scopes"].as_object().unwrap().keys().collect();
    assert_eq!(scopes, ["api", "api:v1"]);
    Ok(())
}

#[tokio::test]
async fn the_document_is_public_at_the_whole_service_and_names_its_endpoints() -> Outcome {
    let service = Service::start("document").await?;
    let document = service.http.get("/api/v1/openapi.json").send().await?.expect(200)?.json()?;
    let flow = &document["components"]["securitySchemes"]["people"]["flows"]["authorizationCode"];
    let metadata = service.http.get("/.well-known/oauth-authorization-server").send().await?.json()?;
    assert_eq!(flow["authorizationUrl"], metadata["authorization_endpoint"]);
    assert_eq!(flow["tokenUrl"], metadata["token_endpoint"]);
    // What stands outside of it, for it is no API: the pages and forms of browsers, the issuer, which has a document of its own
    // (RFC 8414), and this document. Nothing else is there.
    for (path, status) in [
        ("/app/sign-in", 200),
        ("/app/oauth-applications", 405),
        ("/app/oauth-applications/x", 405),
        ("/app/oauth-applications/x/secret", 405),
        ("/app/account", 405),
        ("/oauth2/authorize/", 400),
        ("/oauth2/token/", 405),
        ("/oauth2/introspect/", 405),
        ("/oauth2/revoke_token/", 405),
        ("/.well-known/oauth-authorization-server", 200),
        ("/api/v1/openapi.json", 200),
        ("/api/v1/docs", 200),
        ("/", 404),
        ("/app/", 404),
        ("/oauth2/", 404),
        ("/api/v1/", 404),
    ] {
        assert!(document["paths"].get(path).is_none(), "{path}");
        service.http.get(path).send().await?.expect(status)?;
    }
    Ok(())
}
