use std::io::{self, BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use crate::setting::{AUDIENCE, CLIENT, SCOPE, SECRET};

/// npm's oidc-provider in a process of its own, on one core. It ends with this value.
#[derive(Debug)]
pub(crate) struct OidcProvider {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl OidcProvider {
    /// Returns its number.
    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }

    /// Starts it; `None` where there is no Node with npm.
    pub(crate) fn start(core: usize) -> io::Result<Option<Self>> {
        let Some(folder) = installed()? else { return Ok(None) };
        fs::copy(own_folder().join("provider.mjs"), folder.join("issue.mjs"))?;
        // Free a moment ago, and nobody else takes ports here.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let mut process = Command::new("taskset")
            .args(["-c", &core.to_string(), "node", "issue.mjs", &address.port().to_string()])
            .current_dir(&folder)
            .env("NODE_ENV", "production")
            .envs([("CLIENT", CLIENT), ("SECRET", SECRET), ("SCOPE", SCOPE), ("AUDIENCE", AUDIENCE)])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let said = process.stdout.take().map(BufReader::new);
        let provider = Self { process, address };
        for line in said.into_iter().flat_map(BufReader::lines) {
            if line? == "listening" {
                return Ok(Some(provider));
            }
        }
        Err(io::Error::other("oidc-provider did not start"))
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            eprintln!("oidc-provider does not end: {error}");
        }
    }
}

/// Installs it outside of the repository, where the tests have it, too; returns the folder.
fn installed() -> io::Result<Option<PathBuf>> {
    if Command::new("npm").arg("--version").output().is_err() {
        return Ok(None);
    }
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cache = env::var_os("SCOPA_CI_CACHE").map_or(home.join(".cache/scopa-ci"), PathBuf::from);
    let folder = cache.join("providers");
    let tests = own_folder().join("../../tests/providers");
    let lock = fs::read(tests.join("package-lock.json"))?;
    if fs::read(folder.join("installed.json")).ok().as_ref() != Some(&lock) {
        fs::create_dir_all(&folder)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(tests.join(file), folder.join(file))?;
        }
        let done = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder)
            .status()?;
        if !done.success() {
            return Err(io::Error::other("npm cannot install oidc-provider"));
        }
        fs::write(folder.join("installed.json"), lock)?;
    }
    Ok(Some(folder))
}

fn own_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
