use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Outcome, Program};

/// Runs the shell lines of a README against a running program, and returns what they said.
///
/// The lines are those of its `sh` blocks, as they stand there, but for the blocks that start the program (`cargo run`). What stands left
/// in `in_place_of` is replaced by what stands right: the address that the README names by the one that the program has. Each of
/// `assigned` is set to what the program said it is, as a reader would paste it. They run in `folder`, by bash with
/// `-euo pipefail`, for two minutes at most.
///
/// # Errors
/// There are no such lines, what is to be replaced is not in there, or the lines failed.
pub fn run_readme(
    text: &str,
    program: &Program,
    in_place_of: &[(&str, &str)],
    assigned: &[&str],
    folder: &Path,
) -> Outcome<String> {
    let mut script = blocks(text);
    if script.is_empty() {
        return Err("the README has no shell lines".into());
    }
    for (documented, ours) in in_place_of {
        if !script.contains(documented) {
            return Err(format!("`{documented}` is not in the shell lines of the README").into());
        }
        script = script.replace(documented, ours);
    }
    // `timeout` ends what bash started, too.
    let mut bash = Command::new("timeout");
    bash.args(["-k", "5", "120", "bash", "-euo", "pipefail", "-c", &script]).current_dir(folder);
    for name in assigned {
        bash.env(name, program.value(name)?);
    }
    // A proxy has no business on loopback.
    bash.env("no_proxy", "*").env("NO_PROXY", "*").stdin(Stdio::null());
    let ran = bash.output()?;
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    match ran.status.success() {
        true => Ok(said),
        false => {
            let wrong = String::from_utf8_lossy(&ran.stderr);
            Err(format!("the lines of the README: {}\n{said}\n{wrong}", ran.status).into())
        }
    }
}

/// Returns the lines of all `sh` blocks that do not start the program.
fn blocks(text: &str) -> String {
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| !block.contains("cargo run")).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::folder;

    #[test]
    fn the_lines_run_as_they_stand_and_a_wrong_one_is_a_failure() -> Outcome {
        let folder = folder("readme")?;
        let file = folder.join("program.sh");
        fs::write(&file, "#!/bin/sh\necho listening on http://127.0.0.1:1\necho U=token\nexec sleep 600\n")?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        let program = Program::start(&file.display().to_string(), &[])?;
        let ours = [("http://127.0.0.1:8081", program.origin())];
        let run = |text: &str| run_readme(text, &program, &ours, &["U"], &folder);

        let text = "```sh\ncargo run -p x\n```\n```sh\nB=http://127.0.0.1:8081\n```\n```text\nexit 1\n```\n\n```sh\necho $B $U\n```\n";
        assert_eq!(run(text)?, "http://127.0.0.1:1 token\n");
        for wrong in [
            "no lines",
            "```sh\ncargo run\n```\n",
            "```sh\necho elsewhere\n```\n",
            "```sh\necho http://127.0.0.1:8081; false\ntrue\n```\n",
            "```sh\necho http://127.0.0.1:8081 $UNSET\n```\n",
        ] {
            assert!(run(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }
}
