use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use scopa_systems::{Outcome, Program, database, folder, run_readme};

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = env!("CARGO_BIN_EXE_example-workflows");

#[actix_web::test]
async fn the_lines_of_the_readme_do_what_it_says() -> Outcome {
    let folder = folder("workflows-readme")?;
    let data = folder.join("data");
    let database = database("workflows-readme").await?;
    let mut settings = vec![("DATA", data.to_str().ok_or("not UTF-8")?), ("GATEWAY_PORT", "0")];
    settings.extend(database.as_deref().map(|url| ("DATABASE_URL", url)));
    let program = Program::start(PROGRAM, &settings)?;
    assert_eq!(program.value("ACCOUNTS")?, program.origin());
    let gateway = program.value("GATEWAY")?;
    let ours = [("http://127.0.0.1:8082", program.origin()), ("http://127.0.0.1:8083", &*gateway)];
    let said = run_readme(README, &program, &ours, &["O", "A"], &folder)?;
    // What stands behind the lines as comments, in this order.
    let scope = |name: &str| {
        format!(
            r#"403 Bearer error="insufficient_scope", error_description="the access token lacks the scope that is needed", scope="https://www.workfloplus.com/auth/{name}""#
        )
    };
    let expected = [
        "['admin']",
        "forbidden",
        "3600",
        "['aud', 'client_id', 'exp', 'intoware.workfloplus.team', 'iss', 'nbf', 'scope']",
        "200\n200\n200",
        &scope("schedule.admin"),
        "invalid_scope\ninvalid_client\ninvalid_client",
        "401 Bearer\n401",
        "200\n403\n404\n403",
        "200\n401\n200\n400\n401",
        "Bearer\ninvalid_client",
        "201 \n['editor']\n403 \n401\n",
    ];
    assert_eq!(said, expected.join("\n"));
    // The folder, which it made, is nobody else's.
    let mode = std::fs::metadata(&data)?.permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    // What it printed for the reader is not in the log.
    let log = program.log();
    for secret in ["O", "A"] {
        assert!(!log.contains(&program.value(secret)?), "{log}");
    }
    assert!(log.contains("/api/query/v2/graph") && !log.contains("key="), "{log}");
    Ok(())
}

#[test]
fn a_setting_that_cannot_be_is_named() -> Outcome {
    for (settings, fix) in [
        (&[("PORT", "x")][..], "PORT"),
        (&[("GATEWAY_PORT", "65536")], "GATEWAY_PORT"),
        (&[("PERMISSIONS", "nowhere")], "registry"),
        (&[("PROXY", "nginx")], "PROXY"),
        (&[("DATA", "/dev/null/x")], "DATA"),
        (&[("ORIGIN", "http://workflows.example.com")], "https"),
        (&[("DATABASE_URL", "mysql://x")], "postgres"),
    ] {
        let mut command = Command::new(PROGRAM);
        command
            .env_clear()
            .env("PORT", "0")
            .env("DATA", folder("workflows-settings")?)
            .envs(settings.iter().copied());
        let ran = command.output()?;
        let log = String::from_utf8_lossy(&ran.stderr);
        assert!(!ran.status.success() && log.contains(fix), "{settings:?}: {log}");
    }
    Ok(())
}
