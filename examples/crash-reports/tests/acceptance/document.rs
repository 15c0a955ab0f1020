use std::collections::BTreeSet;

use example_crash_reports::hierarchy;
use scopa_axum::issuer::MemoryStore;
use scopa_systems::{Answer, Asked, Call, Operation, Outcome, folder, operations};
use scopa_testing::{ManualClock, TestIssuer};
use serde_json::{Value, json};

use crate::stage::{Credentials, NOW, Stage};

/// What is open to all: whatever else is in the document asks for a token.
const PUBLIC: [&str; 7] = [
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/openid-configuration",
    "GET /health",
    "GET /oauth2/jwks",
    "GET /openapi.json",
    "POST /oauth2/authorize",
    "PUT /s3/put",
];

#[tokio::test]
async fn the_document_and_the_enforcement_agree() -> Outcome {
    let issuer = TestIssuer::new().with_clock(ManualClock::at(NOW));
    let validator = issuer.validator().hierarchy(hierarchy()?).build()?;
    let stage =
        Stage::on(MemoryStore::new(), &folder("document")?, &issuer.clock(), None, Some(validator)).await?;
    let document = stage.http.get("/openapi.json").send().await?.expect(200)?.json()?;
    let token = |scope: &str| issuer.token().scope(scope).claim("database", "Fred").sign();

    let made = stage.http.post("/api/oauth-clients").bearer(&token("unrestricted"));
    let made = made
        .json(&json!({ "name": "x", "scope": "symbols", "database": "Fred" }))
        .send()
        .await?
        .expect(201)?;
    let client = Credentials { id: made.text("client_id")?, secret: made.text("client_secret")? };

    let declared = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"].clone();
    assert_eq!(declared["tokenUrl"], json!(format!("{}/oauth2/authorize", stage.http.origin())));
    let scopes: Vec<&String> = declared["scopes"].as_object().ok_or("no scopes")?.keys().collect();
    assert_eq!(
        scopes.iter().map(|scope| scope.as_str()).collect::<BTreeSet<_>>(),
        hierarchy()?.scopes().collect()
    );

    let operations = operations(&document)?;
    assert_eq!(operations.len(), 34);
    let mut public = Vec::new();
    for operation in &operations {
        let at = format!("{} {}", operation.method, operation.path);
        let described = &document["paths"][&operation.path][operation.method.to_lowercase()];
        for held in
            [None, Some(""), Some("symbols"), Some("restricted"), Some("unrestricted"), Some("undeclared")]
        {
            let address = stage.call("POST /symsrv/uploadUrl", &token("symbols")).await?.text("url")?;
            let mut call = filled(&stage, operation, described, &client, &address);
            if let Some(scope) = held {
                call = call.bearer(&token(scope));
            }
            let answer = call.send().await?;
            let expected = expected(&operation.asked, held)?;
            check(expected, answer, operation, described)
                .map_err(|error| format!("{at} with {held:?}: {error}"))?;
        }
        if operation.asked == Asked::Public {
            public.push(at);
        }
    }
    public.sort();
    assert_eq!(public, PUBLIC);

    // What a caller can do without is told, too, and told as such.
    let details = &document["paths"]["/api/crash/details"];
    let parameters = details["get"]["parameters"].as_array().ok_or("no parameters")?.iter();
    let parameters: Vec<_> =
        parameters.map(|one| (one["name"].as_str(), one["required"].as_bool())).collect();
    let told = [("database", true), ("id", false), ("stackKeyId", false)];
    assert_eq!(parameters, told.map(|(name, required)| (Some(name), Some(required))));
    let form = &details["post"]["requestBody"]["content"]["multipart/form-data"]["schema"];
    assert_eq!(form["required"], json!(["database"]));
    let fields = form["properties"].as_object().ok_or("no fields")?.keys();
    assert_eq!(fields.collect::<Vec<_>>(), ["database", "id", "stackKeyId"]);

    // What is not in the document is not there.
    for path in [
        "/",
        "/api",
        "/api/users",
        "/api/v2/users",
        "/api/crashes/",
        "/API/crashes",
        "/s3",
        "/oauth2/token",
        "/oauth2/introspect",
        "/oauth2/revoke",
    ] {
        for held in [None, Some("unrestricted")] {
            for method in ["GET", "POST", "PUT", "DELETE"] {
                let call = stage.http.request(method, path);
                let call = match held {
                    Some(scope) => call.bearer(&token(scope)),
                    None => call,
                };
                call.send().await?.expect(404).map_err(|error| format!("{method} {path}: {error}"))?;
            }
        }
    }
    // Nor is another method of what is there.
    for operation in &operations {
        let known = |method: &str| {
            operations.iter().any(|other| other.path == operation.path && other.method == method)
        };
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"].into_iter().filter(|method| !known(method)) {
            let path = operation.path.replace("{client_id}", "x").replace("{secret_id}", "x");
            let answer = stage.http.request(method, &path).bearer(&token("unrestricted")).send().await?;
            answer.expect(405).map_err(|error| format!("{method} {path}: {error}"))?;
        }
    }
    Ok(())
}

/// What the document says of a caller.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expected {
    LetIn,
    NoToken,
    NotEnough,
}

/// Works out what the document, and what scopes include, say of a caller who holds this scope, or has no token.
fn expected(asked: &Asked, held: Option<&str>) -> Outcome<Expected> {
    if *asked == Asked::Public {
        return Ok(Expected::LetIn);
    }
    let Some(held) = held else { return Ok(Expected::NoToken) };
    let hierarchy = hierarchy()?;
    let mut alternatives = asked.scopes("oauth2").into_iter();
    let covers = |scope: &String| hierarchy.covers(held, scope);
    Ok(if alternatives.any(|scopes| scopes.iter().all(covers)) {
        Expected::LetIn
    } else {
        Expected::NotEnough
    })
}

fn check(expected: Expected, answer: Answer, operation: &Operation, described: &Value) -> Outcome {
    match expected {
        Expected::NoToken => answer.expect_bare_challenge().map(drop),
        Expected::NotEnough => {
            let asked: Vec<String> = operation.asked.scopes("oauth2").into_iter().flatten().collect();
            answer.expect_scope(403, &asked.join(" ")).map(drop)
        }
        // No client is called `x`.
        Expected::LetIn if operation.path.contains('{') => answer.expect_error(404, "not_found").map(drop),
        Expected::LetIn => {
            let statuses = described["responses"].as_object().ok_or("no responses")?.keys();
            let done = statuses.filter_map(|status| status.parse().ok()).find(|status| *status < 300);
            answer.expect(done.ok_or("no status")?).map(drop)
        }
    }
}

/// Makes a request with all that the document describes.
fn filled(
    stage: &Stage,
    operation: &Operation,
    described: &Value,
    client: &Credentials,
    address: &str,
) -> Call {
    let value = |name: &str| match name {
        "database" => "Fred".to_owned(),
        "id" => "1".to_owned(),
        "sig" => address.rsplit('=').next().unwrap_or_default().to_owned(),
        "grant_type" => "client_credentials".to_owned(),
        "client_id" if operation.path == "/oauth2/authorize" => client.id.clone(),
        "client_secret" => client.secret.clone(),
        "scope" => "symbols".to_owned(),
        _ => "x".to_owned(),
    };
    let mut path = operation.path.clone();
    for parameter in described["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &value(name)),
            Some("query") => {
                path += if path.contains('?') { "&" } else { "?" };
                path += &format!("{name}={}", value(name));
            }
            _ => {}
        }
    }
    let call = stage.http.request(&operation.method, &path);
    let body = &described["requestBody"]["content"];
    if let Some(form) = body.get("multipart/form-data") {
        let names = form["schema"]["properties"].as_object().into_iter().flat_map(|fields| fields.keys());
        let pairs: Vec<_> = names.map(|name| (name.as_str(), value(name))).collect();
        return call.multipart(&pairs.iter().map(|(name, value)| (*name, &**value)).collect::<Vec<_>>());
    }
    match body.get("application/json") {
        Some(_) => call.json(&json!({ "name": "x", "scope": "symbols", "database": "Fred" })),
        None => call,
    }
}
