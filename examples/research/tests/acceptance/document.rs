use std::collections::BTreeSet;

use example_research::{T1, T2};
use scopa_systems::{Answer, Asked, Operation, Outcome, operations};
use scopa_tower::issuer::{Approval, ClientDraft};
use serde_json::Value;

use crate::kit::{Service, one, other};

#[tokio::test]
async fn the_document_and_the_enforcement_agree() -> Outcome {
    let service = Service::start("document").await?;
    let document = service.http.get("/openapi.json").send().await?.expect(200)?.json()?;
    let operations = operations(&document)?;

    let public: Vec<String> = operations
        .iter()
        .filter(|operation| operation.asked == Asked::Public)
        .map(|operation| format!("{} {}", operation.method, operation.path))
        .collect();
    let expected = [
        "GET /.well-known/oauth-authorization-server",
        "GET /.well-known/openid-configuration",
        "GET /openapi.json",
        "GET /v1/oauth/authorize",
        "POST /v1/oauth/authorize",
        "GET /v1/oauth/jwks",
        "POST /v1/oauth/revoke",
        "POST /v1/oauth/token",
    ];
    assert_eq!(public, expected);

    let tokens = tokens(&service, &document, &operations).await?;
    let (mut let_in, mut refused, mut hidden) = (0, 0, Vec::new());
    for operation in &operations {
        let answer = call(&service, operation, None).await?;
        let is_public = operation.asked == Asked::Public;
        assert_eq!(wants_a_token(&answer), !is_public, "{operation:?}: {answer:?}");
        if is_public {
            continue;
        }
        answer.expect_bare_challenge()?;
        call(&service, operation, Some("forged")).await?.expect_invalid_token()?;
        // It says of each operation whether another team's path is hidden.
        let (path, method) = (operation.path.replace('/', "~1"), operation.method.to_lowercase());
        let is_hidden = document.pointer(&format!("/paths/{path}/{method}/responses/404")).is_some();
        hidden.extend(is_hidden.then_some(&*operation.path));
        for (held, token) in &tokens {
            let answer = call(&service, operation, Some(token)).await?;
            let enough = is_enough(operation, held);
            let hides = is_hidden && !held.contains(&one());
            let is_right = match (enough, hides) {
                (true, _) => answer.status() != 403 && answer.status() != 401,
                (false, true) => answer.status() == 404,
                (false, false) => answer.status() == 403,
            };
            assert!(is_right, "{operation:?} with {held:?}: {answer:?}");
            if enough { let_in += 1 } else { refused += 1 }
        }
    }
    assert_eq!(hidden, ["/v1/teams/{team}/notes/{note}"]);
    assert!(let_in > 100 && refused > 300, "{let_in} were let in, {refused} refused");

    for path in [
        "/",
        "/v1",
        "/v1/teams",
        "/v1/teams/65df73340142feec34d7d6ee",
        "/v1/notes",
        "/graphql/",
        "/v1/ping/",
        "/oauth2/token",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            service.http.request(method, path).bearer(&service.admin).send().await?.expect(404)?;
        }
    }
    // No method is there that the document does not know.
    for path in operations.iter().map(|operation| &operation.path).collect::<BTreeSet<_>>() {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            if !operations.iter().any(|operation| operation.method == method && operation.path == *path) {
                let answer = service.http.request(method, &filled(path)).send().await?.expect(405)?;
                assert!(answer.field("allow").is_some_and(|allow| !allow.contains(method)), "{answer:?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_document_describes_parameters_bodies_and_where_tokens_come_from() -> Outcome {
    let service = Service::start("described").await?;
    let document = service.http.get("/openapi.json").send().await?.expect(200)?.json()?;
    let flow =
        |name: &str| document.pointer(&format!("/components/securitySchemes/oauth2/flows/{name}")).unwrap();
    let at = |path: &str| format!("{}{path}", service.origin);
    assert_eq!(flow("clientCredentials")["tokenUrl"], at("/v1/oauth/token"));
    assert_eq!(flow("authorizationCode")["tokenUrl"], at("/v1/oauth/token"));
    assert_eq!(flow("authorizationCode")["authorizationUrl"], at("/v1/oauth/authorize"));
    assert_eq!(declared(&document).len(), 16 + 5);
    let note = document.pointer("/paths/~1v1~1teams~1{team}~1notes~1{note}/put").unwrap();
    let names: Vec<&str> =
        note["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["team", "note"]);
    let schema = "/content/application~1json/schema/properties/text/type";
    assert_eq!(note["requestBody"].pointer(schema).unwrap(), "string");
    let responses: Vec<&String> = note["responses"].as_object().unwrap().keys().collect();
    assert_eq!(responses, ["200", "401", "403"]);
    assert_eq!(note["responses"]["200"].pointer(schema).unwrap(), "string");
    let made = document.pointer("/paths/~1v1~1oauth-applications/post/responses/201").unwrap();
    assert!(
        made.to_string().contains("client_secret") && made.to_string().contains("redirect_uris"),
        "{made}"
    );
    Ok(())
}

/// Returns a token for no scope, for each that is declared, for each with a team, and for what each operation asks for.
async fn tokens(
    service: &Service,
    document: &Value,
    operations: &[Operation],
) -> Outcome<Vec<(BTreeSet<String>, String)>> {
    let mut sets: BTreeSet<BTreeSet<String>> = [BTreeSet::new()].into();
    let of = |scope: &str, team: &str| scope.replace("{team}", team);
    for scope in declared(document) {
        sets.insert([of(&scope, T1)].into());
        sets.insert([of(&scope, T1), one()].into());
        sets.insert([of(&scope, T2), other()].into());
    }
    for scopes in operations.iter().flat_map(|operation| operation.asked.scopes("oauth2")) {
        for team in [T1, T2] {
            sets.insert(scopes.iter().map(|scope| of(scope, team)).collect());
        }
    }
    let issuer = service.research.issuer();
    let all = declared(document).join(" ").parse()?;
    issuer.clients().declare("everything", ClientDraft::host("everything").scopes(all)).await?;
    issuer.clients().declare("nothing", ClientDraft::host("nothing")).await?;
    let mut tokens = Vec::new();
    for set in sets {
        let scopes = set.iter().cloned().collect::<Vec<_>>().join(" ");
        let (client, approval) =
            (if set.is_empty() { "nothing" } else { "everything" }, Approval::new("alice"));
        let token = issuer.issue(client, approval.scopes(scopes.parse()?)).await?;
        tokens.push((set, token.as_str().to_owned()));
    }
    Ok(tokens)
}

fn declared(document: &Value) -> Vec<String> {
    let scopes =
        document.pointer("/components/securitySchemes/oauth2/flows/clientCredentials/scopes").unwrap();
    scopes.as_object().unwrap().keys().cloned().collect()
}

/// Says whether the document lets in who holds these scopes: one set is held in full, the team being that of the path.
fn is_enough(operation: &Operation, held: &BTreeSet<String>) -> bool {
    // Of all scopes one includes another.
    let is_held = |scope: &str| {
        held.contains(scope) || (scope == "rest_api:fields:read" && held.contains("rest_api:read"))
    };
    operation.asked.scopes("oauth2").iter().any(|set| {
        set.iter().all(|scope| match (&**scope, operation.path.contains("{team}")) {
            ("team_{team}", true) => is_held(&one()),
            ("team_{team}", false) => is_held(&one()) || is_held(&other()),
            (scope, _) => is_held(scope),
        })
    })
}

async fn call(service: &Service, operation: &Operation, token: Option<&str>) -> Outcome<Answer> {
    let call = service.http.request(&operation.method, &filled(&operation.path));
    match token {
        Some(token) => call.bearer(token).send().await,
        None => call.send().await,
    }
}

fn filled(path: &str) -> String {
    path.replace("{team}", T1)
        .replace("{note}", "1")
        .replace("{application}", "nobody")
        .replace("{secret}", "x")
}

fn wants_a_token(answer: &Answer) -> bool {
    answer.challenge().is_some_and(|challenge| challenge.starts_with("Bearer"))
}
