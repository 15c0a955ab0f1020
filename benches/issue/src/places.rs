use std::path::PathBuf;
use std::{env, fs, io, process};

use crate::host::Kept;
use crate::postgres::Server;

/// Where the stores are that can be had here; gone when it is dropped.
pub(crate) struct Places {
    folder: PathBuf,
    postgres: Option<Server>,
}

impl Places {
    pub(crate) fn find() -> io::Result<Self> {
        let folder = env::temp_dir().join(format!("scopa-issue-{}", process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, postgres: has_postgres().then(Server::start) })
    }

    /// Returns them, each empty. `name` tells those of several calls apart.
    pub(crate) fn all(&self, name: &str) -> Vec<Kept> {
        let sqlite = Kept::Sqlite(self.folder.join(format!("{name}.db")));
        let postgres = self.postgres.as_ref().map(|server| Kept::Postgres(server.url()));
        [Kept::InMemory, sqlite].into_iter().chain(postgres).collect()
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Tells whether PostgreSQL is installed: in the path, or where Debian puts it.
fn has_postgres() -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders = env::split_paths(&paths).chain(versions.map(|version| version.path().join("bin")));
    folders.any(|folder| folder.join("initdb").is_file())
}
