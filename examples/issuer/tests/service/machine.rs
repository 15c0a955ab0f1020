use std::time::Duration;

use example_issuer::clients;
use lexopt::Parser;
use scopa_axum::issuer::ClientDraft;

use crate::kit::{Outcome, Service};

/// Gives the command `clients` its arguments.
async fn command(service: &Service, arguments: &[&str]) -> Outcome<String> {
    clients::run(service.issuer.clients(), Parser::from_args(arguments)).await
}

/// Returns what stands behind a name in the lines that were printed.
fn said(told: &str, name: &str) -> Outcome<String> {
    let line =
        told.lines().find_map(|line| line.strip_prefix(name)).ok_or(format!("no `{name}` in {told}"))?;
    Ok(line.trim().to_owned())
}

#[tokio::test]
async fn a_client_that_was_made_at_the_command_line_uploads_until_its_secret_is_revoked() -> Outcome {
    let service = Service::start().await?;
    let told =
        command(&service, &["create", "--name", "CI uploader", "--kind", "machine", "--scopes", "symbols"])
            .await?;
    let (id, first) = (said(&told, "client id")?, (said(&told, "client secret")?, said(&told, "secret id")?));
    let form = "grant_type=client_credentials";
    let answer = service.ask("/oauth2/token", &(id.clone(), first.0.clone()), form).await?;
    let token = answer.text("access_token")?;
    assert_eq!(service.call("POST", "/symbols", &token).await?, 200);
    assert_eq!(service.call("GET", "/crashes", &token).await?, 403);

    let listed = command(&service, &["list"]).await?;
    assert!(listed.contains(&format!("{id}  CI uploader  symbols\n    secret {}\n", first.1)), "{listed}");
    assert!(!listed.contains(&first.0), "{listed}");

    let told = command(&service, &["rotate", &id, "--days", "1"]).await?;
    let second = said(&told, "client secret")?;
    for secret in [&first.0, &second] {
        let answer = service.ask("/oauth2/token", &(id.clone(), secret.clone()), form).await?;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    command(&service, &["revoke", &id, &first.1]).await?;
    for (secret, status) in [(&first.0, 401), (&second, 200)] {
        assert_eq!(service.ask("/oauth2/token", &(id.clone(), secret.clone()), form).await?.status, status);
    }
    service.clock.advance(Duration::from_secs(86_400));
    assert_eq!(service.ask("/oauth2/token", &(id.clone(), second), form).await?.status, 401);

    command(&service, &["remove", &id]).await?;
    assert_eq!(command(&service, &["list"]).await?, "");
    Ok(())
}

#[tokio::test]
async fn people_are_sent_by_web_and_public_clients() -> Outcome {
    let service = Service::start().await?;
    for (kind, has_secret) in [("web", true), ("public", false)] {
        let arguments = ["create", "--name", "viewer", "--kind", kind, "--scopes", "crashes:read"];
        let told =
            command(&service, &[&arguments[..], &["--redirect-uri", "https://app.example.com/cb"]].concat())
                .await?;
        assert_eq!(told.contains("client secret"), has_secret, "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mistake_is_answered_with_what_would_be_right() -> Outcome {
    let service = Service::start().await?;
    let (id, _) = service.client(ClientDraft::machine("one").scopes("symbols".parse()?)).await?;
    for (arguments, fix) in [
        (&["create", "--kind", "machine"][..], "`--name` is missing"),
        (&["create", "--name", "x"], "`machine`, `web` and `public`"),
        (&["create", "--name", "x", "--kind", "robot"], "`machine`, `web` and `public`"),
        (&["create", "--name", "x", "--kind", "machine", "--scopes", "symbol"], "`symbol` is not declared"),
        (&["create", "--name", "x", "--kind", "web", "--redirect-uri", "/cb"], "`/cb`"),
        (&["create", "--nome", "x"], "--nome"),
        (&["rotate"], "use `rotate ID`"),
        (&["rotate", &id, "--days", "many"], "many"),
        (&["rotate", "nobody"], "client"),
        (&["revoke", &id], "use `revoke ID SECRET_ID`"),
        (&["revoke", &id, "none"], "client"),
        (&["remove", "nobody"], "client"),
        (&["destroy"], "clients create"),
    ] {
        let error = command(&service, arguments).await.unwrap_err().to_string();
        assert!(error.contains(fix), "{arguments:?}: {error}");
    }
    assert!(command(&service, &[]).await?.contains("clients create"));
    assert_eq!(command(&service, &["list"]).await?.lines().count(), 2);
    Ok(())
}
