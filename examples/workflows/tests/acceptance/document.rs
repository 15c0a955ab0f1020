use std::collections::BTreeSet;

use example_workflows::{Permission, PermissionsIn, hierarchy};
use scopa_systems::{Asked, Outcome, operations};
use serde_json::{Value, json};

use crate::stage::{PREFIX, Stage};

/// A token, and what it was given.
struct Held {
    token: String,
    scope: String,
    permission: Permission,
}

#[actix_web::test]
async fn the_document_and_the_enforcement_agree() -> Outcome {
    let stage = Stage::new("workflows-document", PermissionsIn::Registry).await?;
    let (mut held, mut counted, mut by_key) = (Vec::new(), 0, Vec::new());
    let hierarchy = hierarchy()?;
    let all: Vec<&str> = hierarchy.scopes().filter_map(|scope| scope.strip_prefix(PREFIX)).collect();
    for permission in Permission::ALL {
        let client = stage.create(&all, &[permission.as_str()]).await?;
        for scope in hierarchy.scopes().map(str::to_owned) {
            let answer = stage.ask(&client, &[("scope", &scope)]).await?.expect(200)?;
            held.push(Held { token: answer.text("access_token")?, scope, permission });
        }
    }
    for http in [&stage.accounts, &stage.gateway] {
        let document = http.get("/openapi.json").send().await?.expect(200)?.json()?;
        declares_what_there_is(&stage, &document).await?;
        for operation in operations(&document)? {
            let named = format!("{} {}", operation.method, operation.path);
            let written = &document["paths"][&operation.path][operation.method.to_lowercase()];
            assert!(written["summary"].is_string() && written["responses"].is_object(), "{named}");
            for status in ["400", "401", "403", "503"] {
                assert!(written["responses"][status].is_object(), "{named}: {status}");
            }
            let path = operation.path.replace('{', "none-").replace('}', "");
            describes_its_path(&operation.path, written);
            // None is open to all.
            let Asked::Alternatives(alternatives) = &operation.asked else { return Err(named.into()) };
            by_key.extend(alternatives.iter().any(|one| one.contains_key("queryKey")).then(|| named.clone()));

            let call = || http.request(&operation.method, &path);
            call().send().await?.expect_bare_challenge()?;
            let permissions: Vec<Vec<String>> = written
                .get("x-permissions")
                .map_or(Ok(Vec::new()), |listed| serde_json::from_value(listed.clone()))?;
            for Held { token, scope, permission } in &held {
                let covered =
                    |asked: &BTreeSet<String>| asked.iter().all(|asked| hierarchy.covers(scope, asked));
                let expected = operation.asked.scopes("accounts").iter().any(covered)
                    && permissions.iter().all(|listed| listed.iter().any(|name| name == permission.as_str()));
                let status = call().bearer(token).send().await?.status();
                assert!(status != 401 && status < 500, "{named}: {status}");
                assert_eq!(status != 403, expected, "{named} with `{scope}` and {permission:?}: {status}");
                counted += 1;
            }
        }
    }
    assert_eq!(counted, 24 * 5 * 26);
    assert_eq!(by_key, ["GET /api/query/v2/graph"]);
    Ok(())
}

#[actix_web::test]
async fn what_is_not_in_the_document_is_not_there() -> Outcome {
    let stage = Stage::new("workflows-unknown", PermissionsIn::Registry).await?;
    for (http, paths) in [
        (&stage.accounts, ["/jobs/v1/", "/api/client/a/secrets/b/c", "/", "/oauth2/token"]),
        (&stage.gateway, ["/api/client/", "/jobs/v2/", "/jobs/v1/a/b", "/connect/token"]),
    ] {
        for path in paths {
            http.get(path).bearer(&stage.owner).send().await?.expect(404)?;
            http.get(path).send().await?.expect(404)?;
        }
    }
    // The document writes a slash at the end where the published pages do; with and without it is the same.
    for path in ["/jobs/v1", "/jobs/v1/", "/jobs/v1/my", "/jobs/v1/my/", "/workflows/v2", "/workflows/v2/"] {
        stage.gateway.get(path).send().await?.expect_bare_challenge()?;
    }
    Ok(())
}

async fn declares_what_there_is(stage: &Stage, document: &Value) -> Outcome {
    let flow = &document["components"]["securitySchemes"]["accounts"]["flows"]["clientCredentials"];
    let metadata = stage.accounts.get("/.well-known/oauth-authorization-server").send().await?.expect(200)?;
    assert_eq!(flow["tokenUrl"], metadata.json()?["token_endpoint"]);
    assert_eq!(flow["scopes"][format!("{PREFIX}job.read_all")], "job.read_all");
    let declared: Vec<&str> =
        flow["scopes"].as_object().into_iter().flatten().map(|(name, _)| &**name).collect();
    let hierarchy = hierarchy()?;
    let mut expected: Vec<&str> = hierarchy.scopes().collect();
    expected.sort_unstable();
    assert_eq!(declared, expected);
    // What is referred to is there.
    let text = document.to_string();
    for (_, rest) in text
        .match_indices("\"$ref\":\"#/components/schemas/")
        .map(|(at, found)| text.split_at(at + found.len()))
    {
        let name = rest.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
    Ok(())
}

fn describes_its_path(path: &str, written: &Value) {
    let placeholders: Vec<&str> =
        path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
    let parameters = written["parameters"].as_array().into_iter().flatten();
    let of_path: Vec<&str> = parameters
        .filter(|parameter| parameter["in"] == "path" && parameter["required"] == json!(true))
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    assert_eq!(of_path, placeholders, "{path}");
}
