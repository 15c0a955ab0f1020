use std::fs;
use std::path::Path;

use scopa_systems::{Outcome, Program, database, folder, run_readme};

#[tokio::test]
async fn the_lines_of_the_readme_run_as_they_stand_there() -> Outcome {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))?;
    let data = folder("readme")?;
    let url = database("readme").await?.unwrap_or_default();
    let settings = [("DATA", data.to_str().unwrap()), ("DATABASE_URL", &*url)];
    let program = Program::start(env!("CARGO_BIN_EXE_example-research"), &settings)?;
    let ours = [("http://127.0.0.1:8085", program.origin())];
    let said = run_readme(&text, &program, &ours, &["T1", "T2", "ADMIN", "ALICE"], &data)?;

    // What stands behind `#` in the README, in the order of the lines.
    let first: Vec<&str> = said.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    let statuses: Vec<&str> = first.into_iter().filter(|word| word.len() == 3).collect();
    let expected = [
        "200", "200", "200", "403", "403", "403", "403", "400", "400", "400", "400", "400", "200", "200",
        "401", "200", "401", "403",
    ];
    assert_eq!(statuses, expected, "{said}");
    for told in [
        r#""token_type":"bearer","expires_in":3600}"#,
        r#"scope="rest_api:read team_65df73340142feec34d7d6ef""#,
        r#"scope="rest_api:write team_65df73340142feec34d7d6ee""#,
        r#"scope="projects:read tasks:read""#,
        r#"{"error":"invalid_scope""#,
    ] {
        assert!(said.contains(told), "{told} is not in {said}");
    }

    // Neither a password, a secret nor a token is in the log.
    let log = program.log();
    for secret in [program.value("ADMIN")?, program.value("ALICE")?] {
        assert!(!log.contains(&secret));
    }
    assert!(!log.contains("eyJ"), "{log}");
    #[cfg(unix)]
    for name in ["digest.key", "signing.es256"] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(data.join(name))?.permissions().mode() & 0o777, 0o600, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn the_settings_change_what_they_say_and_a_wrong_one_stops_the_start() -> Outcome {
    let data = folder("settings")?;
    let data = data.to_str().unwrap();
    let start = |name: &str, value: &str| {
        let settings = [("DATA", data), (name, value)];
        Program::start(env!("CARGO_BIN_EXE_example-research"), &settings)
    };
    let http = |program: &Program| scopa_systems::Http::at(program.origin());

    let program = start("ALGORITHM", "HS256")?;
    let admin = program.value("ADMIN")?;
    assert_eq!(scopa_systems::header(&admin)?["alg"], "HS256");
    let applications = http(&program).get("/v1/ping").bearer(&admin).send().await?.expect(200)?;
    assert_eq!(applications.text("client_id")?, "website");
    drop(program);

    let program = start("STATUSES", "vendor")?;
    let path = format!("/v1/teams/{}/notes", program.value("T1")?);
    http(&program).get(&path).bearer(&program.value("ADMIN")?).send().await?.expect(401)?;
    drop(program);

    let program = start("ALLOWED", "192.0.2.1, ::1")?;
    http(&program).get("/openapi.json").send().await?.expect(403)?;
    drop(program);

    let program = start("ORIGIN", "https://research.example.com")?;
    let metadata = http(&program).get("/.well-known/oauth-authorization-server").send().await?.expect(200)?;
    assert_eq!(metadata.text("token_endpoint")?, "https://research.example.com/v1/oauth/token");
    drop(program);

    for (name, value) in [
        ("ALGORITHM", "none"),
        ("ALGORITHM", "RS256"),
        ("STATUSES", "Vendor"),
        ("ALLOWED", "everybody"),
        ("ALLOWED", "10.0.0.0/8"),
        ("PORT", "99999"),
        ("ORIGIN", "http://research.example.com"),
        ("ORIGIN", "https://research.example.com/"),
        ("DATABASE_URL", "mysql://localhost"),
    ] {
        assert!(start(name, value).is_err(), "{name}={value}");
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn it_ends_well_when_it_is_told_to() -> Outcome {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    use std::sync::mpsc::channel;

    for signal in ["-TERM", "-INT"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_example-research"));
        let program = program.env("PORT", "0").env("DATA", folder("signal")?).env_remove("DATABASE_URL");
        let mut program = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let said = BufReader::new(program.stdout.take().ok_or("no output")?);
        let said: Vec<String> = said.lines().take(6).collect::<Result<_, _>>()?;
        assert!(said[0].starts_with("listening on http://127.0.0.1:"), "{said:?}");
        let number = program.id().to_string();
        assert!(Command::new("kill").args([signal, &number]).status()?.success());
        // Waited for on a thread of its own, so that the wait has an end.
        let (ended, end) = channel();
        std::thread::spawn(move || ended.send(program.wait()));
        let status = end.recv_timeout(scopa_systems::LONGEST)??;
        assert!(status.success(), "{signal}: {status}");
    }
    Ok(())
}
