use scopa_systems::{Outcome, Program, database, folder, run_readme};

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = env!("CARGO_BIN_EXE_example-crash-reports");

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_the_readme_do_what_it_says() -> Outcome {
    let folder = folder("readme")?;
    let data = folder.display().to_string();
    let url = database("readme").await?;
    let mut settings = vec![("DATA", &*data)];
    settings.extend(url.as_deref().map(|url| ("DATABASE_URL", url)));
    let program = Program::start(PROGRAM, &settings)?;
    let ours = [("http://127.0.0.1:8081", program.origin())];
    let said = run_readme(README, &program, &ours, &["U"], &folder)?;

    // Each block ends with what was answered, in order.
    let mut said = said.lines();
    for words in include_str!("readme.txt").lines() {
        assert!(said.any(|line| line.contains(words)), "`{words}` was not said, or not then");
    }
    // No token of anybody, and no address for an upload.
    let log = program.log();
    assert!(log.contains("insufficient_scope"), "{log}");
    assert!(!log.contains("eyJ") && !log.contains("sig="), "{log}");
    assert!(program.value("U")?.starts_with("eyJ"));
    Ok(())
}
