use std::sync::Arc;

use scopa_axum::issuer::Store;
use scopa_systems::{Outcome, folder, store};
use scopa_testing::ManualClock;
use tokio::join;

use crate::stage::{NOW, Stage};

/// Two instances that share a store and a folder with keys.
async fn two(name: &str) -> Outcome<(Stage, Stage)> {
    let (clock, keys) = (ManualClock::at(NOW), folder(name)?);
    let store: Arc<dyn Store> = Arc::new(store(name).await?);
    let instance = || Stage::on(store.clone(), &keys, &clock, Some(PROXY), None);
    Ok((instance().await?, instance().await?))
}

#[tokio::test]
async fn an_address_for_an_upload_is_good_on_each_instance_and_once_on_all() -> Outcome {
    let (one, other) = two("addresses").await?;
    let token = one.token("symbols").await?;
    for _ in 0..5 {
        let address = one.call("POST /symsrv/uploadUrl", &token).await?.expect(200)?.text("url")?;
        let path = address.strip_prefix(PROXY).ok_or("not the address of the proxy")?;
        let put =
            |stage: &Stage| stage.http.request("PUT", path).body("application/octet-stream", "x").send();
        let (here, there) = join!(put(&one), put(&other));
        let mut statuses = [here?.status(), there?.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403]);
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_forged_or_over_is_refused_before_the_file_is_read() -> Outcome {
    let (one, stranger) = (Stage::start("forged").await?, Stage::start("stranger").await?);
    let put = |path: String| one.http.request("PUT", &path).body("application/octet-stream", "x").send();

    let good = one_address(&one).await?;
    let (text, signature) = good.rsplit_once('.').ok_or("no signature")?;
    let (until, number) = text.rsplit_once('.').ok_or("no number")?;
    let later = until.replace(&(NOW + 600).to_string(), &(NOW + 601).to_string());
    assert_ne!(later, until);
    for forged in [
        "/s3/put".to_owned(),
        "/s3/put?sig=".to_owned(),
        "/s3/put?sig=..".to_owned(),
        format!("{later}.{number}.{signature}"),
        format!("{until}.0000000000000000.{signature}"),
        format!("{text}.{}", "A".repeat(43)),
        format!("{good}&sig=1"),
        one_address(&stranger).await?,
    ] {
        put(forged.clone())
            .await?
            .expect_error(403, "forbidden")
            .map_err(|error| format!("{forged}: {error}"))?;
    }
    one.clock.advance(std::time::Duration::from_secs(599));
    put(good).await?.expect(200)?;
    let over = one_address(&one).await?;
    one.clock.advance(std::time::Duration::from_secs(600));
    put(over).await?.expect_error(403, "forbidden")?;
    Ok(())
}

/// Makes an address for an upload, and returns it without the origin.
async fn one_address(stage: &Stage) -> Outcome<String> {
    let token = stage.token("symbols").await?;
    let address = stage.call("POST /symsrv/uploadUrl", &token).await?.expect(200)?.text("url")?;
    Ok(address.replace(stage.http.origin(), ""))
}

#[tokio::test]
async fn what_is_done_on_one_instance_counts_on_the_other_at_once() -> Outcome {
    let (one, other) = two("instances").await?;
    let client = one.client("restricted").await?;
    let token = one.token_of(&client).await?;
    other.call("POST /api/v2/summary", &token).await?.expect(200)?;
    one.call("POST /api/v2/summary", &other.token_of(&client).await?).await?.expect(200)?;

    let secrets = format!("/api/oauth-clients/{}/secrets", client.id);
    let second = one.http.post(&secrets).bearer(&one.person).send().await?.expect(201)?;
    assert_eq!(second.field("cache-control"), Some("no-store"));
    let renewed = crate::stage::Credentials { secret: second.text("client_secret")?, ..client.clone() };
    other.token_of(&renewed).await?;
    other.token_of(&client).await?;
    let listed = one.http.get("/api/oauth-clients").bearer(&one.person).send().await?.json()?;
    let ids = listed[0]["secret_ids"].as_array().ok_or("no ids")?.clone();
    let first = ids
        .iter()
        .filter_map(|id| id.as_str())
        .find(|id| second.text("secret_id").is_ok_and(|new| new != *id));
    let first = format!("{secrets}/{}", first.ok_or("no first secret")?);
    one.http.request("DELETE", &first).bearer(&one.person).send().await?.expect(204)?;
    other.ask(&client, &[]).send().await?.expect_error(400, "invalid_client")?;
    other.token_of(&renewed).await?;
    one.http.request("DELETE", &first).bearer(&one.person).send().await?.expect(404)?;

    let path = format!("/api/oauth-clients/{}", client.id);
    one.http.request("DELETE", &path).bearer(&one.person).send().await?.expect(204)?;
    other.call("POST /api/v2/summary", &token).await?.expect_invalid_token()?;
    other.ask(&renewed, &[]).send().await?.expect_error(400, "invalid_client")?;
    Ok(())
}

#[tokio::test]
async fn people_see_and_end_the_clients_of_their_own_database_alone() -> Outcome {
    let stage = Stage::start("tenants").await?;
    let client = stage.client("restricted").await?;
    let wilma = stage.signed_in("Wilma").await?;
    let send = |method: &str, path: &str| stage.http.request(method, path).bearer(&wilma).send();

    let listed = send("GET", "/api/oauth-clients").await?.expect(200)?;
    assert_eq!(listed.body(), "[]");
    let path = format!("/api/oauth-clients/{}", client.id);
    // As for a client that nobody has, and for the one of the website.
    for other in [path.clone(), "/api/oauth-clients/nobody".into(), "/api/oauth-clients/website".into()] {
        send("DELETE", &other).await?.expect_error(404, "not_found")?;
        send("POST", &format!("{other}/secrets")).await?.expect_error(404, "not_found")?;
        send("DELETE", &format!("{other}/secrets/1")).await?.expect_error(404, "not_found")?;
    }
    let draft = serde_json::json!({ "name": "x", "scope": "symbols", "database": "Fred" });
    let made = stage.http.post("/api/oauth-clients").bearer(&wilma).json(&draft).send().await?;
    assert!(made.expect_error(403, "forbidden")?.challenge().is_none());
    stage.token_of(&client).await?;
    Ok(())
}

/// How both are reached.
const PROXY: &str = "https://crashes.example.com";
