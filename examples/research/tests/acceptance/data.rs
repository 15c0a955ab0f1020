use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopa_systems::{Entry, Outcome, Walk, tokens};
use scopa_tower::Algorithm;
use scopa_tower::issuer::{ClientDraft, SigningKey};
use serde_json::Value;

use crate::kit::{Service, Setup};

/// Tokens that other programs made: each is shown to the service that it was made for, at the time that it names.
pub(crate) async fn data_files(walk: &mut Walk) -> Outcome {
    let entries = tokens("bipsync")?;
    let (mut judged, mut asked) = (0, 0);
    for entry in &entries {
        let service = service_of(entry).await?;
        let answer = service.call("GET /v1/ping", &entry.text).await?;
        assert_eq!(Some(answer.status()), entry.status, "{}", entry.id);
        if !entry.is_accepted() {
            assert_eq!(entry.error.as_deref(), Some("invalid_token"), "{}", entry.id);
            answer.expect_invalid_token().map_err(|error| format!("{}: {error}", entry.id))?;
        } else {
            answer.expect(200).map_err(|error| format!("{}: {error}", entry.id))?;
        }
        judged += 1;
        for question in &entry.authorize {
            let request = question.request.as_deref().ok_or("a question without a request")?;
            let answer = service.call(request, &entry.text).await?;
            let is_right = match &*question.expected {
                "accept" => (200..300).contains(&answer.status()),
                error => answer.status() == 403 && answer.challenged("error") == Some(error),
            };
            assert!(is_right, "{}: {request}: {answer:?}", entry.id);
            asked += 1;
        }
    }
    assert_eq!((judged, asked), (15, 20));
    walk.step(18, &format!("{judged} data files come out as their manifest says, with {asked} requests"));
    Ok(())
}

/// Starts a service that is the issuer of the token, and has its secret, if it was signed with one.
async fn service_of(entry: &Entry) -> Outcome<Service> {
    let mut setup = Setup::new("data")?;
    setup.origin.clone_from(&entry.verify.issuer);
    setup.at = entry.verify.at;
    if entry.verify.algorithms == ["HS256"] {
        let keys: Value = serde_json::from_str(entry.keys.as_deref().ok_or("no secret")?)?;
        let key = keys.pointer("/keys/0").unwrap_or(&keys);
        let secret = URL_SAFE_NO_PAD.decode(key["k"].as_str().ok_or("no secret")?)?;
        setup.signing = SigningKey::from_secret(Algorithm::HS256, secret)?;
    }
    let service = setup.start().await?;
    if let Some(client) = &entry.client_id {
        let scopes = "rest_api:read rest_api:write team_{team}".parse()?;
        let draft = ClientDraft::machine("of the data files").scopes(scopes);
        let secret = "a secret that nobody uses".replace(' ', "-");
        service.research.issuer().clients().create_with_credentials(client, draft, &*secret).await?;
    }
    Ok(service)
}
