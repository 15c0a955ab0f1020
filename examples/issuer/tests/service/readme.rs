use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;

use crate::kit::{LONGEST, Outcome, folder};

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = env!("CARGO_BIN_EXE_example-issuer");

/// A program that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program, and gives the lines that it prints.
fn spawn(command: &mut Command) -> Outcome<(Killed, std::sync::mpsc::Receiver<String>)> {
    let mut process = Killed(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?);
    let stdout = process.0.stdout.take().ok_or("no stdout")?;
    let (sender, lines) = channel();
    thread::spawn(move || {
        BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    Ok((process, lines))
}

fn serve(data: &Path) -> Outcome<(Killed, String)> {
    let (process, lines) = spawn(Command::new(PROGRAM).args(["--port", "0", "--data"]).arg(data))?;
    let line = lines.recv_timeout(LONGEST)?;
    let address = line.strip_prefix("listening on http://").ok_or("no address")?;
    Ok((process, address.to_owned()))
}

/// Returns the shell lines of the README, but those that start the service.
fn script() -> String {
    let blocks = README.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.skip(1).collect()
}

#[test]
fn the_lines_of_the_readme_do_what_it_says() -> Outcome {
    let data = folder("readme");
    let (_service, address) = serve(&data)?;
    let ours = format!("'{PROGRAM}' --data '{}'", data.display());
    let script =
        script().replace("cargo run -q -p example-issuer --", &ours).replace("127.0.0.1:8080", &address);
    assert!(!script.contains("cargo"), "{script}");

    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &script]).current_dir(&data).stderr(Stdio::piped());
    let (mut bash, lines) = spawn(&mut bash)?;
    let mut stderr = bash.0.stderr.take().ok_or("no stderr")?;
    let mut said = Vec::new();
    while let Ok(line) = lines.recv_timeout(LONGEST) {
        said.push(line);
    }
    let mut wrong = String::new();
    stderr.read_to_string(&mut wrong)?;
    assert!(bash.0.wait()?.success(), "{said:#?}\n{wrong}");

    let mut said = said.iter();
    for words in [
        "client id      ",
        "The secret is shown this once.",
        "symbols taken from ",
        r#"{"error":"insufficient_scope""#,
        "The secret is shown this once. The others stay good",
        " is refused from now on",
        "  CI uploader  symbols",
        " is gone, with its secrets and grants",
        "/oauth2/authorize?",
        "no crashes, alice",
        "no crashes, alice",
        r#"{"error":"invalid_token""#,
    ] {
        assert!(said.any(|line| line.contains(words)), "{words} was not said, or not then");
    }
    Ok(())
}

#[test]
fn what_was_made_is_there_after_a_new_start_and_the_keys_are_for_our_eyes_only() -> Outcome {
    let data = folder("restart");
    let run = |arguments: &[&str]| -> Outcome<(bool, String, String)> {
        let ran = Command::new(PROGRAM).arg("--data").arg(&data).args(arguments).output()?;
        Ok((ran.status.success(), String::from_utf8(ran.stdout)?, String::from_utf8(ran.stderr)?))
    };
    let (done, told, _) =
        run(&["clients", "create", "--name", "one", "--kind", "machine", "--scopes", "symbols"])?;
    assert!(done);
    let id = told.lines().next().and_then(|line| line.strip_prefix("client id      ")).ok_or("no id")?;
    let (_, listed, _) = run(&["clients", "list"])?;
    assert!(listed.contains(id), "{listed}");
    #[cfg(unix)]
    for name in ["digest.key", "signing.pem"] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(data.join(name))?.permissions().mode() & 0o777, 0o600, "{name}");
    }
    for (arguments, fix) in [
        (&["clients", "destroy"][..], "clients create"),
        (&["--prot", "1"], "use `--port 8080`"),
        (&["--port", "0", "--origin", "https://id.example.com"], "everybody knows the passwords"),
    ] {
        let (done, _, wrong) = run(arguments)?;
        assert!(!done && wrong.contains(fix), "{arguments:?}: {wrong}");
    }
    Ok(())
}
