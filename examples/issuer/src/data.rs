//! What outlives the process: a folder with the database and two keys.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use scopa_axum::issuer::{DigestKey, SigningKey, SigningKeys};
use scopa_axum::{Algorithm, ConfigError};
use scopa_issuer_sqlx::{Database, SqlStore};

/// Opens the database, made at the first start and brought up to date at each.
///
/// # Errors
/// It cannot be opened.
pub async fn store(folder: &Path) -> Result<SqlStore, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    Ok(Database::sqlite(folder.join("issuer.db")).migrate().await?)
}

/// Returns the key of the digests in the database, made at the first start.
///
/// It belongs to the database: without it no secret in there is known any more. In production it comes from where your secrets are.
pub(crate) fn digest_key(folder: &Path) -> Result<DigestKey, ConfigError> {
    let bytes = kept(&folder.join("digest.key"), || {
        let mut bytes = vec![0; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(bytes)
    })?;
    DigestKey::new(bytes)
}

/// Returns the key that signs tokens, made at the first start.
///
/// A second file and `SigningKeys::then` change it without a refused token.
pub(crate) fn signing_keys(folder: &Path) -> Result<SigningKeys, ConfigError> {
    let pem = kept(&folder.join("signing.pem"), || {
        let key = SigningKey::generate(Algorithm::ES256).map_err(io::Error::other)?;
        let pem = key.to_pem().ok_or_else(|| io::Error::other("this kind of key has no PEM"))?;
        Ok(pem.as_bytes().to_vec())
    })?;
    Ok(SigningKeys::new(SigningKey::from_pem(Algorithm::ES256, pem)?))
}

/// Reads a file that only we may read, or makes it: whole or not at all, and of several that make it at once the first.
fn kept(path: &Path, make: impl FnOnce() -> io::Result<Vec<u8>>) -> Result<Vec<u8>, ConfigError> {
    let read = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make().and_then(|bytes| put(path, &bytes)).and_then(|()| fs::read(path))
        }
        read => read,
    };
    read.map_err(|error| ConfigError::new("data", format!("{}: {error}", path.display())))
}

/// Writes a file under another name, and gives it its own if nobody has it by then.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut number = [0; 8];
    getrandom::fill(&mut number).map_err(io::Error::other)?;
    let draft = path.with_added_extension(format!("{:x}", u64::from_ne_bytes(number)));
    let outcome = write(&draft, bytes).and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::{env, process, thread};

    use super::*;

    #[test]
    fn of_several_that_make_a_key_at_once_all_have_the_same() {
        let folder = env::temp_dir().join(format!("example-issuer-keys-{}", process::id()));
        for round in 0..20 {
            let (path, start) = (folder.join(format!("{round}.key")), Barrier::new(4));
            let made: Vec<_> = thread::scope(|scope| {
                let make = |number: u8| {
                    let (path, start) = (&path, &start);
                    scope.spawn(move || {
                        let wait = || {
                            start.wait();
                            Ok(vec![number; 32])
                        };
                        kept(path, wait).unwrap()
                    })
                };
                let makers: Vec<_> = (0..4).map(make).collect();
                makers.into_iter().map(|maker| maker.join().unwrap()).collect()
            });
            assert!(made.iter().all(|key| *key == made[0] && key.len() == 32), "{made:?}");
        }
        // Nothing else is left there: no copy of a key.
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 20);
        fs::remove_dir_all(&folder).unwrap();
    }
}
