use std::time::Duration;

use scopa_axum::issuer::ClientDraft;

use crate::browser::{ALICE, BOB, Browser, token_of};
use crate::kit::{Answer, Outcome, Service};

const REDIRECT_URI: &str = "https://app.example.com/callback";

async fn with_client() -> Outcome<(Service, String)> {
    let service = Service::start().await?;
    let draft = ClientDraft::web("viewer", [REDIRECT_URI]).scopes("crashes:read".parse()?);
    let (id, _) = service.client(draft).await?;
    Ok((service, id))
}

fn is_sign_in(page: &Answer) -> bool {
    page.body.contains("<h1>Sign in</h1>")
}

fn is_consent(page: &Answer) -> bool {
    page.status == 200 && page.body.contains("<h1>Allow access?</h1>")
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer_and_no_session() -> Outcome {
    let (service, client) = with_client().await?;
    let mut answers = Vec::new();
    for (user, password) in [("alice", "guess"), ("carol", "guess"), ("", "")] {
        let mut browser = Browser::sent_by(&service, &client, REDIRECT_URI, "crashes:read");
        let page = browser.sign_in(user, password).await?;
        assert_eq!((page.status, is_sign_in(&page)), (403, true), "{page:?}");
        assert!(page.fields("set-cookie").is_empty() && !page.body.contains("guess"), "{page:?}");
        answers.push(page.body.replace(&format!("value=\"{user}\""), "value=\"\""));
        assert!(is_sign_in(&browser.look().await?));
    }
    assert_eq!(answers[0], answers[1]);
    Ok(())
}

#[tokio::test]
async fn guessing_is_slowed_down_even_with_the_right_password_at_last() -> Outcome {
    let (service, client) = with_client().await?;
    let mut browser = Browser::sent_by(&service, &client, REDIRECT_URI, "crashes:read");
    for _ in 0..5 {
        assert!(browser.sign_in("alice", "guess").await?.body.contains("Name or password is wrong."));
    }
    assert!(browser.sign_in(ALICE.0, ALICE.1).await?.body.contains("Too many tries."));
    assert!(is_consent(&browser.sign_in(BOB.0, BOB.1).await?));
    browser.cookies.clear();
    service.clock.advance(Duration::from_secs(60));
    assert!(is_consent(&browser.sign_in(ALICE.0, ALICE.1).await?));
    Ok(())
}

#[tokio::test]
async fn no_other_site_signs_a_browser_in_or_out_or_consents_with_it() -> Outcome {
    let (service, client) = with_client().await?;
    let mut browser = Browser::sent_by(&service, &client, REDIRECT_URI, "crashes:read");
    let own = service.origin();
    let elsewhere = [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Accept", "*/*"),
    ];
    for from in elsewhere {
        let form = [("step", "sign-in"), ("user", ALICE.0), ("password", ALICE.1)];
        let answer = browser.submit_as(from, &form).await?;
        assert_eq!((answer.status, answer.fields("set-cookie").len()), (403, 0), "{from:?}");
    }
    let page = browser.sign_in(ALICE.0, ALICE.1).await?;
    let token = token_of(&page);
    for from in elsewhere {
        for step in ["allow", "deny", "sign-out"] {
            let answer = browser.submit_as(from, &[("step", step), ("session", &token)]).await?;
            assert_eq!((answer.status, answer.fields("location").len()), (403, 0), "{from:?} {step}");
        }
    }
    assert!(is_consent(&browser.look().await?));
    // A browser without Sec-Fetch-Site names the origin.
    let answer = browser.submit_as(("Origin", &own), &[("step", "allow"), ("session", &token)]).await?;
    assert_eq!(answer.status, 303);
    assert!(answer.sent_with("code").is_some());
    Ok(())
}

#[tokio::test]
async fn consent_counts_for_who_was_asked() -> Outcome {
    let (service, client) = with_client().await?;
    let mut browser = Browser::sent_by(&service, &client, REDIRECT_URI, "crashes:read");
    let of_alice = token_of(&browser.sign_in(ALICE.0, ALICE.1).await?);
    let of_bob = token_of(&browser.sign_in(BOB.0, BOB.1).await?);
    for token in [&*of_alice, "", "nonsense"] {
        let answer = browser.submit(&[("step", "allow"), ("session", token)]).await?;
        assert_eq!((answer.status, answer.sent_with("code")), (403, None), "{token}");
    }
    let answer = browser.submit(&[("step", "allow"), ("session", &of_bob)]).await?;
    assert!(answer.sent_with("code").is_some());
    // Without the cookie nobody is signed in, and the token alone is worth nothing.
    browser.cookies.clear();
    let answer = browser.submit(&[("step", "allow"), ("session", &of_bob)]).await?;
    assert_eq!((answer.status, answer.sent_with("code")), (403, None));
    Ok(())
}

#[tokio::test]
async fn a_session_id_that_was_planted_or_known_before_is_worth_nothing() -> Outcome {
    let (service, client) = with_client().await?;
    let mut victim = Browser::sent_by(&service, &client, REDIRECT_URI, "crashes:read");
    victim.cookies.insert("session".into(), "planted".into());
    assert!(is_consent(&victim.sign_in(ALICE.0, ALICE.1).await?));
    assert_ne!(victim.cookies["session"], "planted");
    let mut stranger = Browser::sent_by(&service, &client, REDIRECT_URI, "crashes:read");
    stranger.cookies.insert("session".into(), "planted".into());
    assert!(is_sign_in(&stranger.look().await?));

    // Signing in anew, or out, ends the former session, not only its cookie.
    let former = victim.cookies["session"].clone();
    victim.sign_in(ALICE.0, ALICE.1).await?;
    stranger.cookies.insert("session".into(), former);
    assert!(is_sign_in(&stranger.look().await?));
    let last = victim.cookies["session"].clone();
    let answer = victim.submit(&[("step", "sign-out")]).await?;
    assert_eq!((answer.status, victim.cookies.len()), (303, 0));
    stranger.cookies.insert("session".into(), last);
    assert!(is_sign_in(&stranger.look().await?));
    Ok(())
}

#[tokio::test]
async fn pages_are_not_framed_not_kept_and_run_no_script() -> Outcome {
    let (service, client) = with_client().await?;
    let mut browser = Browser::sent_by(&service, &client, REDIRECT_URI, "crashes:read");
    let sign_in = browser.look().await?;
    let wrong = browser.sign_in("alice", "guess").await?;
    let consent = browser.sign_in(ALICE.0, ALICE.1).await?;
    let refused = browser.submit_as(("Origin", "null"), &[]).await?;
    for page in [sign_in, wrong, consent, refused] {
        let policies = page.fields("content-security-policy").join(", ");
        assert!(policies.contains("frame-ancestors 'none'"), "{page:?}");
        assert!(policies.contains("default-src 'none'") && !policies.contains("unsafe"), "{page:?}");
        assert_eq!(page.fields("x-frame-options"), ["DENY"]);
        assert_eq!(page.fields("cache-control"), ["no-store"]);
        assert_eq!(page.fields("content-type"), ["text/html; charset=utf-8"]);
        assert_eq!(page.fields("referrer-policy"), ["same-origin"]);
    }
    assert_eq!(service.send("GET", "/style.css", &[], "").await?.fields("content-type"), ["text/css"]);
    Ok(())
}

#[tokio::test]
async fn the_cookie_is_for_http_alone_and_for_this_service() -> Outcome {
    let (service, client) = with_client().await?;
    let mut browser = Browser::sent_by(&service, &client, REDIRECT_URI, "crashes:read");
    let form = [("step", "sign-in"), ("user", ALICE.0), ("password", ALICE.1)];
    let answer = browser.submit(&form).await?;
    let cookies = answer.fields("set-cookie");
    assert_eq!(cookies.len(), 1);
    assert!(cookies[0].ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookies:?}");
    Ok(())
}

#[tokio::test]
async fn a_form_that_is_not_complete_is_refused() -> Outcome {
    let (service, client) = with_client().await?;
    let mut browser = Browser::sent_by(&service, &client, REDIRECT_URI, "crashes:read");
    for form in [&[][..], &[("step", "other")], &[("step", "allow")], &[("user", "alice")]] {
        let answer = browser.submit(form).await?;
        assert_eq!((answer.status, answer.fields("location").len()), (403, 0), "{form:?}");
    }
    Ok(())
}
