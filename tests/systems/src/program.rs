use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use crate::{LONGEST, Outcome};

/// An example as people start it: its program, which says where it listens and which tokens there are. Killed when it is
/// dropped.
#[derive(Debug)]
pub struct Program {
    process: Child,
    origin: String,
    said: Arc<Said>,
}

impl Program {
    /// Starts a program, and waits until it listens. Of the four settings of the examples (`PORT`, `ORIGIN`, `DATA`,
    /// `DATABASE_URL`) it has those that are given here, and none of the test's own surroundings; without a `PORT`
    /// it takes a free one.
    ///
    /// # Errors
    /// It does not start, or its first line is not `listening on http://…`.
    pub fn start(program: &str, settings: &[(&str, &str)]) -> Outcome<Self> {
        let mut command = Command::new(program);
        command.env_remove("ORIGIN").env_remove("DATA").env_remove("DATABASE_URL");
        command.env("PORT", "0").envs(settings.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("{program}: {error}"))?;
        let said = Arc::new(Said::default());
        let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
        // From here on it is killed, however this ends.
        let mut started = Self { process, origin: String::new(), said };
        started.listen(stdout.ok_or("no stdout")?, stderr.ok_or("no stderr")?);
        let first = started.said.wait_for(|lines| lines.first().cloned());
        let first = first.ok_or_else(|| format!("{program} said nothing\n{}", started.log()))?;
        let origin =
            first.strip_prefix("listening on ").ok_or_else(|| format!("{program} said `{first}`"))?;
        started.origin = origin.trim_end_matches('/').to_owned();
        Ok(started)
    }

    /// Has two threads read what it says, so that it never waits for a reader.
    fn listen(&self, stdout: impl Read + Send + 'static, mut stderr: impl Read + Send + 'static) {
        let said = Arc::clone(&self.said);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                said.told().lines.push(line);
                said.more.notify_all();
            }
            said.told().is_over = true;
            said.more.notify_all();
        });
        let said = Arc::clone(&self.said);
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = stderr.read(&mut piece) {
                said.told().log.extend(piece.iter().take(length));
            }
        });
    }

    /// Returns the address that it listens at: `http://127.0.0.1:40123`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns what it assigned to a name: `eyJ…` of a line `U=eyJ…`. Waits for that line.
    ///
    /// # Errors
    /// It did not come.
    pub fn value(&self, name: &str) -> Outcome<String> {
        let named = |line: &String| line.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
        let value = self.said.wait_for(|lines| lines.iter().find_map(named));
        value.ok_or_else(|| format!("the program did not say `{name}=`").into())
    }

    /// Returns what it has written to its log so far: to stderr.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.said.told().log).into_owned()
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a program said, as it comes.
#[derive(Debug, Default)]
struct Said {
    told: Mutex<Told>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    lines: Vec<String>,
    is_over: bool,
    log: Vec<u8>,
}

impl Said {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is what is looked for, at most until the program is silent for good.
    fn wait_for<T>(&self, find: impl Fn(&[String]) -> Option<T>) -> Option<T> {
        let end = Instant::now() + LONGEST;
        let mut told = self.told();
        loop {
            if let Some(found) = find(&told.lines) {
                return Some(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if told.is_over || left.is_zero() {
                return None;
            }
            told = self.more.wait_timeout(told, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::folder;

    fn program(lines: &str) -> Outcome<String> {
        let file = folder("program")?.join("program.sh");
        fs::write(&file, format!("#!/bin/sh\n{lines}\n"))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        Ok(file.display().to_string())
    }

    #[test]
    fn what_a_program_says_is_read_and_it_does_not_outlive_its_test() -> Outcome {
        let file = program(
            "echo listening on http://127.0.0.1:$PORT; echo U=eyJ=; echo \"D=$DATA\"; echo oh >&2; exec sleep 600",
        )?;
        let mut started = Program::start(&file, &[("DATA", "here")])?;
        assert_eq!(started.origin(), "http://127.0.0.1:0");
        assert_eq!((started.value("U")?, started.value("D")?), ("eyJ=".to_owned(), "here".to_owned()));
        started.kill();
        assert!(started.process.try_wait()?.is_some_and(|status| !status.success()));
        Ok(())
    }

    #[test]
    fn a_program_that_does_not_listen_or_lacks_a_token_is_a_failure() -> Outcome {
        let failed = |lines: &str| Program::start(&program(lines)?, &[]).map(drop);
        assert!(failed("exit 1").is_err_and(|error| error.to_string().contains("said nothing")));
        assert!(failed("echo U=x").is_err_and(|error| error.to_string().contains("U=x")));
        let started = Program::start(&program("echo listening on http://127.0.0.1:1; echo UU=1")?, &[])?;
        assert!(started.value("U").is_err());
        Ok(())
    }
}
