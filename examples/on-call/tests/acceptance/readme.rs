use std::process::Command;

use scopa_systems::{Http, Outcome, Program, database, folder, run_readme};

use crate::browser::Browser;
use crate::service::{redeem, request};

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = env!("CARGO_BIN_EXE_example-on-call");

#[tokio::test]
async fn the_lines_of_the_readme_do_what_it_says() -> Outcome {
    let folder = folder("readme")?;
    let data = folder.join("data");
    let database = database("readme").await?;
    let mut settings = vec![("DATA", data.to_str().ok_or("not UTF-8")?)];
    settings.extend(database.as_deref().map(|url| ("DATABASE_URL", url)));
    let program = Program::start(PROGRAM, &settings)?;
    let said = run_readme(
        README,
        &program,
        &[("http://127.0.0.1:8084", program.origin())],
        &["ALICE", "BOB"],
        &folder,
    )?;
    // What stands behind the lines as comments, in this order.
    let mut left = &*said;
    for words in [
        "['api', 'api:v1']\n",
        "63072000\napi api:v1\n",
        "200\n",
        r#"{"data":{"me":"alice","#,
        "200\n401\n401\n",
        "invalid_grant\n401\n",
        "403\n403\n",
        "invalid_grant\ninvalid_grant\n",
        "error=invalid_scope",
        "state=42",
        "error=invalid_request",
        "400\n400\n",
        "invalid_client\ninvalid_request\n",
        "200\ninvalid_grant\n401\n",
        "invalid_scope\n",
        "True\n",
        "{\"active\":false}\n401\n",
        "200\n401\ninvalid_client\n",
    ] {
        let (_, rest) =
            left.split_once(words).ok_or_else(|| format!("`{words}` was not said, or not then: {said}"))?;
        left = rest;
    }
    assert_eq!(left, "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = std::fs::metadata(data.join("digest.key"))?;
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    // Passwords are told to who started it. The log has nothing of them, nor of a token.
    let log = program.log();
    assert!(!log.contains(&program.value("ALICE")?), "{log}");
    Ok(())
}

#[tokio::test]
async fn the_apis_on_a_machine_of_their_own_ask_the_issuer_over_http() -> Outcome {
    let data = folder("apart")?;
    let mut issuer = Program::start(PROGRAM, &[("DATA", data.to_str().ok_or("not UTF-8")?)])?;
    let http = Http::at(issuer.origin());
    let mut alice = Browser::new(&http);
    alice.sign_in("/app/sign-in", "alice", &issuer.value("ALICE")?).await?.expect(303)?;
    let client = alice.application("the APIs").await?;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let answer = alice.consent(&request(&client.id, None), "allow").await?;
        let code = answer.sent_with("code").ok_or("no code")?;
        tokens.push(redeem(&http, &client, &code).send().await?.expect(200)?.text("access_token")?);
    }

    let settings =
        [("ISSUER", issuer.origin()), ("CLIENT_ID", &client.id), ("CLIENT_SECRET", &client.secret)];
    let apart = Program::start(PROGRAM, &settings)?;
    let apis = Http::at(apart.origin());
    let list = |token: &str| apis.get("/api/v1/heartbeats/").bearer(token).send();
    list(&tokens[0]).await?.expect(200)?;
    list("nope").await?.expect_invalid_token()?;
    apis.get("/oauth2/authorize/").send().await?.expect(404)?;
    issuer.kill();
    list(&tokens[1]).await?.expect(503)?.expect_no_challenge()?;
    for secret in [&client.secret, &tokens[0], &tokens[1]] {
        assert!(!apart.log().contains(secret.as_str()) && !issuer.log().contains(secret.as_str()));
    }
    Ok(())
}

#[test]
fn a_setting_that_cannot_be_is_named() -> Outcome {
    for (settings, fix) in [
        (&[("PORT", "x")][..], "PORT"),
        (&[("REFRESH_GRACE", "soon")], "REFRESH_GRACE"),
        (&[("REFRESH_GRACE", "3600")], "a minute at most"),
        (&[("ORIGIN", "https://on-call.example.com")], "put your own people"),
        (&[("ISSUER", "http://127.0.0.1:1")], "CLIENT_ID"),
        (&[("DATABASE_URL", "mysql://x")], "postgres"),
    ] {
        let mut command = Command::new(PROGRAM);
        command.env_clear().env("PORT", "0").env("DATA", folder("settings")?).envs(settings.iter().copied());
        let ran = command.output()?;
        let log = String::from_utf8_lossy(&ran.stderr);
        assert!(!ran.status.success() && log.contains(fix), "{settings:?}: {log}");
    }
    Ok(())
}
