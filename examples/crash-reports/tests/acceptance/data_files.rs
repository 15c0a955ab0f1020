use std::time::Duration;

use example_crash_reports::hierarchy;
use scopa_axum::issuer::MemoryStore;
use scopa_axum::{Algorithm, KeySet, Validator};
use scopa_systems::{Entry, Outcome, folder, tokens};
use scopa_testing::ManualClock;

use crate::stage::Stage;

/// Asks the routes about the tokens that other programs made, and returns how many there were, and how many questions about them.
pub(crate) async fn judge() -> Outcome<(usize, usize)> {
    let keys = folder("data-files")?;
    let entries = tokens("bugsplat")?;
    let mut questions = 0;
    for entry in &entries {
        let clock = ManualClock::at(entry.verify.at);
        let stage =
            Stage::on(MemoryStore::new(), &keys, &clock, None, Some(validator(entry, &clock)?)).await?;
        let upload = "POST /symsrv/uploadUrl";
        // The narrowest route for what the token holds.
        let scopes = entry.scopes.as_deref().unwrap_or_default();
        let narrowest: Vec<&str> = match scopes.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["symbols"] => vec![upload],
            ["restricted"] => vec!["GET /api/v2/versions"],
            ["symbols", "restricted"] => vec![upload, "GET /api/v2/versions"],
            ["unrestricted"] => vec!["GET /api/oauth-clients"],
            _ => return Err(format!("{}: no route for {scopes:?}", entry.id).into()),
        };
        for at in narrowest {
            let answer = stage.call(at, &entry.text).await?;
            let status = answer.status();
            if entry.id == "pyjwt/bug-other-database#1" {
                let refused = answer.expect_error(403, "forbidden")?;
                assert!(refused.fields("www-authenticate").is_empty(), "{}", entry.id);
                stage.about("Wilma", at).bearer(&entry.text).send().await?.expect(200)?;
            } else if entry.is_accepted() {
                assert_eq!(Some(status), entry.status, "{} {at}", entry.id);
            } else {
                assert_eq!(Some(status), entry.status, "{} {at}", entry.id);
                assert_eq!(answer.challenged("error"), entry.error.as_deref(), "{} {at}", entry.id);
            }
        }
        for question in &entry.authorize {
            let at = question.request.as_deref().ok_or("a question without a request")?;
            let answer = stage.call(at, &entry.text).await?;
            match &*question.expected {
                "accept" => drop(answer.expect(200)?),
                "insufficient_scope" => {
                    let answer = answer.expect(403)?;
                    assert_eq!(answer.challenged("error"), Some("insufficient_scope"), "{} {at}", entry.id);
                }
                other => return Err(format!("{}: `{other}` is not known", entry.id).into()),
            }
            questions += 1;
        }
    }
    Ok((entries.len(), questions))
}

/// Checks tokens as an entry says.
fn validator(entry: &Entry, clock: &ManualClock) -> Outcome<Validator> {
    let verify = &entry.verify;
    assert_eq!(
        (&verify.algorithms[..], &*verify.scope_claim),
        (&["RS256".to_owned()][..], "scope"),
        "{}",
        entry.id
    );
    let (issuer, audience) = (verify.issuer.as_deref(), verify.audience.as_deref());
    let validator = Validator::builder(issuer.ok_or("no issuer")?, audience.ok_or("no audience")?)
        .keys(KeySet::from_jwks(entry.keys.as_deref().ok_or("no keys")?)?)
        .algorithms([Algorithm::RS256])
        .hierarchy(hierarchy()?)
        .leeway(Duration::from_secs(verify.leeway))
        .clock(clock.clone());
    let validator = match &*verify.profile {
        "compatible" => validator,
        "rfc9068" => validator.rfc9068(),
        other => return Err(format!("{}: the profile `{other}` is not known", entry.id).into()),
    };
    Ok(validator.build()?)
}
