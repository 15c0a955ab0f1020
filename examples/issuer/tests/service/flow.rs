use scopa_axum::issuer::ClientDraft;

use crate::browser::{ALICE, BOB, Browser, VERIFIER, token_of};
use crate::kit::{Outcome, Service};

const REDIRECT_URI: &str = "https://app.example.com/callback";

async fn with_client() -> Outcome<(Service, (String, String))> {
    let service = Service::start().await?;
    let draft = ClientDraft::web("Crash <i>viewer</i>", [REDIRECT_URI]).scopes("crashes:write".parse()?);
    let client = service.client(draft).await?;
    Ok((service, client))
}

#[tokio::test]
async fn login_consent_code_token_api_refresh_revoke() -> Outcome {
    let (service, client) = with_client().await?;
    let mut browser = Browser::sent_by(&service, &client.0, REDIRECT_URI, "crashes:read");
    let page = browser.look().await?;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<h1>Sign in</h1>"), "{page:?}");
    let page = browser.sign_in(ALICE.0, ALICE.1).await?;
    for words in [
        "Crash &#60;i&#62;viewer",
        "<strong>alice</strong>",
        "read crashes <code>crashes:read</code>",
        REDIRECT_URI,
    ] {
        assert!(page.body.contains(words), "{words} is not in {page:?}");
    }
    assert!(!page.body.contains("<i>"), "{page:?}");
    let answer = browser.submit(&[("step", "allow"), ("session", &token_of(&page))]).await?;
    assert_eq!(answer.status, 303);
    assert!(answer.fields("location")[0].starts_with(&format!("{REDIRECT_URI}?")));
    assert_eq!(answer.sent_with("state").as_deref(), Some("a state & more"));
    assert_eq!(answer.sent_with("iss"), Some(service.origin()));
    let code = answer.sent_with("code").ok_or("no code")?;

    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={REDIRECT_URI}&code_verifier={VERIFIER}"
    );
    let answer = service.ask("/oauth2/token", &client, &form).await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    let (token, refresh) = (answer.text("access_token")?, answer.text("refresh_token")?);
    assert_eq!(service.call("GET", "/crashes", &token).await?, 200);
    assert_eq!(service.call("POST", "/crashes", &token).await?, 403);
    assert_eq!(service.call("POST", "/symbols", &token).await?, 403);
    assert_eq!(service.call("GET", "/crashes", "nonsense").await?, 401);

    let answer = service
        .ask("/oauth2/token", &client, &format!("grant_type=refresh_token&refresh_token={refresh}"))
        .await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    let (token, refresh) = (answer.text("access_token")?, answer.text("refresh_token")?);
    assert_eq!(service.call("GET", "/crashes", &token).await?, 200);

    // The API asks about each token: with the grant its tokens end.
    let answer = service.ask("/oauth2/revoke", &client, &format!("token={refresh}")).await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(service.call("GET", "/crashes", &token).await?, 401);
    let answer = service
        .ask("/oauth2/token", &client, &format!("grant_type=refresh_token&refresh_token={refresh}"))
        .await?;
    assert_eq!((answer.status, answer.text("error")?.as_str()), (400, "invalid_grant"));
    Ok(())
}

#[tokio::test]
async fn who_denies_is_told_to_the_client_and_no_code_is() -> Outcome {
    let (service, client) = with_client().await?;
    let mut browser = Browser::sent_by(&service, &client.0, REDIRECT_URI, "crashes:read");
    let page = browser.sign_in(BOB.0, BOB.1).await?;
    let answer = browser.submit(&[("step", "deny"), ("session", &token_of(&page))]).await?;
    assert_eq!((answer.status, answer.sent_with("error").as_deref()), (303, Some("access_denied")));
    assert_eq!(answer.sent_with("code"), None);
    assert_eq!(answer.sent_with("state").as_deref(), Some("a state & more"));
    Ok(())
}

#[tokio::test]
async fn a_wrong_client_or_address_ends_on_a_page_here() -> Outcome {
    let (service, client) = with_client().await?;
    for (id, redirect_uri) in [(&*client.0, "https://evil.example/callback"), ("nobody", REDIRECT_URI)] {
        let mut browser = Browser::sent_by(&service, id, redirect_uri, "crashes:read");
        let answer = browser.look().await?;
        assert_eq!((answer.status, answer.fields("location").len()), (400, 0), "{answer:?}");
    }
    Ok(())
}
