use std::sync::Arc;
use std::time::Duration;

use example_workflows::{Permission, PermissionsIn, Service, policies};
use scopa_actix::issuer::MemoryStore;
use scopa_actix::{Algorithm, KeySet, Policy, Refusal, RefusalKind, TokenCache, Validator, ValidatorBuilder};
use scopa_systems::{Entry, Outcome, tokens};
use scopa_testing::ManualClock;

use crate::stage::{keys, serving};

/// Sends each token that other programs made to the routes of the example. Returns how many, and how many questions were asked about
/// them.
pub(crate) async fn all_agree() -> Outcome<(usize, usize)> {
    let (mut files, mut questions) = (0, 0);
    let (folder, clock) = (keys("workflows-data")?, Arc::new(ManualClock::at(0)));
    // Its own issuer is not asked: the gateway takes tokens of others.
    let service = Service::new(
        "http://127.0.0.1:4830",
        None,
        &folder,
        MemoryStore::new(),
        clock,
        PermissionsIn::Registry,
    )?;
    for entry in tokens("workfloplus")? {
        files += 1;
        let gateway = serving(service.gateway_for(takes(&entry, &[])?)?).await?;
        let answer = gateway.get("/collections/v1/collection").bearer(&entry.text).send().await?;
        // Scopes that are none may cost the whole token, or be passed over: then it opens nothing that asks for one.
        if entry.also.iter().any(|verdict| verdict == "accept_without_scopes") && answer.status() == 200 {
            let all = Permission::ALL.map(|one| one.as_str().to_owned()).to_vec();
            let gateway = serving(service.gateway_for(takes(&entry, &all)?)?).await?;
            gateway.get("/workflows/v2").bearer(&entry.text).send().await?.expect(403)?;
            continue;
        }
        if !entry.is_accepted() {
            answer.expect_invalid_token().map_err(|error| format!("{}: {error}", entry.id))?;
            continue;
        }
        answer.expect(200).map_err(|error| format!("{}: {error}", entry.id))?;
        for question in &entry.authorize {
            questions += 1;
            let asked = question.policy.as_deref().ok_or("no policy")?;
            let takes = takes(&entry, &question.permissions)?;
            let is_accepted = match route(asked) {
                Some((method, path)) => {
                    let gateway = serving(service.gateway_for(takes)?).await?;
                    let answer = gateway.request(method, path).bearer(&entry.text).send().await?;
                    assert!(![401, 500].contains(&answer.status()), "{}: {answer:?}", entry.id);
                    answer.status() != 403
                }
                None => {
                    judge(&takes.hierarchy(example_workflows::hierarchy()?).build()?, asked, &entry).await?
                }
            };
            assert_eq!(is_accepted, question.expected == "accept", "{}: {question:?}", entry.id);
        }
    }
    Ok((files, questions))
}

#[actix_web::test]
async fn tokens_of_other_programs_come_out_as_their_manifest_says() -> Outcome {
    assert_eq!(all_agree().await?, (21, 31));
    Ok(())
}

/// Takes the tokens of their issuer as the manifest says, from callers with these permissions.
fn takes(entry: &Entry, permissions: &[String]) -> Outcome<ValidatorBuilder> {
    let verify = &entry.verify;
    let (issuer, audience) = (verify.issuer.as_deref(), verify.audience.as_deref());
    assert_eq!(verify.algorithms, ["RS256"]);
    let permissions = permissions.to_vec();
    let takes = Validator::builder(issuer.ok_or("no issuer")?, audience.ok_or("no audience")?);
    let takes = if verify.profile == "rfc9068" { takes.rfc9068() } else { takes };
    Ok(takes
        .keys(KeySet::from_jwks(entry.keys.as_deref().ok_or("no keys")?)?)
        .algorithms([Algorithm::RS256])
        .token_cache(TokenCache::off())
        .leeway(Duration::from_secs(verify.leeway))
        .clock(ManualClock::at(verify.at))
        .permission_source(move |_| {
            let permissions = permissions.clone();
            async { Ok(permissions) }
        }))
}

/// A route of the gateway that asks for a policy. The objects that it names are not there, and no body is sent: whoever may is told
/// 404 or 400.
fn route(policy: &str) -> Option<(&'static str, &'static str)> {
    Some(match policy {
        "Any Valid Token" => ("GET", "/collections/v1/collection"),
        "Job_Modify" => ("DELETE", "/jobs/v1/none"),
        "Job_Read" => ("GET", "/jobs/v1/my/"),
        "Job_ReadAll" => ("GET", "/jobs/v1/"),
        "Query_Admin" => ("POST", "/api/query/v2/keys/none"),
        "Query_Read" => ("GET", "/api/query/v2/graph?query=x"),
        "Schedule_Admin" => ("POST", "/scheduledjobs/v1"),
        "Schedule_Read" => ("GET", "/scheduledjobs/v1/none"),
        "TeamSettings_Admin" => ("POST", "/teamsettings/v1/"),
        "TeamSettings_Read" => ("GET", "/teamsettings/v1/"),
        "Workflow_Delete" => ("DELETE", "/workflows/v2/none"),
        "Workflow_Execute" => ("POST", "/jobs/v1/"),
        "Workflow_Modify" => ("PUT", "/workflows/v2/none"),
        "Workflow_Read" => ("GET", "/workflows/v2"),
        _ => return None,
    })
}

/// Judges by a policy that no route of the gateway asks for.
async fn judge(auth: &Validator, policy: &str, entry: &Entry) -> Outcome<bool> {
    let found = policies::all().into_iter().find(|(name, _)| *name == policy);
    let (_, policy): (_, Policy) = found.ok_or_else(|| format!("no policy `{policy}`"))?;
    let access = auth.authenticate([format!("Bearer {}", entry.text).as_bytes()]).await?;
    match auth.authorize(&access, &policy, &[]).as_ref().map_err(Refusal::kind) {
        Ok(()) => Ok(true),
        Err(RefusalKind::InsufficientScope | RefusalKind::Forbidden) => Ok(false),
        Err(kind) => Err(format!("{kind:?}").into()),
    }
}
