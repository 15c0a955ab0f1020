//! Keys in files of their own, made at the first start.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use scopa::{Algorithm, ConfigError};
use zeroize::Zeroizing;

use crate::crypto::{DigestKey, random};
use crate::key::SigningKey;

type Bytes = Zeroizing<Vec<u8>>;

impl DigestKey {
    /// Reads the key from a file of 32 random bytes, which is made when it is not there: with its folder, whole or not at all, for its owner alone (mode
    /// 0600), and when several processes start at once they all have the same.
    ///
    /// It belongs to the store: whoever loses the file loses all clients and tokens, and whoever has both can try guesses.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("scopa-digest-key-{}", std::process::id()));
    /// let key = scopa_issuer::DigestKey::in_file(folder.join("digest.key"))?;
    /// # let _ = (key, std::fs::remove_dir_all(folder)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The file can neither be read nor made, or holds fewer than 32 bytes, or a key in PEM.
    pub fn in_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::new(&*no_pem("digest_key", path.as_ref(), kept("digest_key", path.as_ref(), secret::<32>)?)?)
    }
}

impl SigningKey {
    /// Reads the key from a file, which is made when it is not there, as [`DigestKey::in_file`] does it: a private key in PEM, or for HMAC
    /// as many random bytes as the algorithm has.
    ///
    /// A key that is to follow has a file of its own: see [`SigningKeys::then`](crate::SigningKeys::then).
    ///
    /// ```
    /// use scopa::Algorithm;
    /// use scopa_issuer::SigningKey;
    ///
    /// # let folder = std::env::temp_dir().join(format!("scopa-signing-key-{}", std::process::id()));
    /// let first = SigningKey::in_file(Algorithm::ES256, folder.join("signing.pem"))?;
    /// let again = SigningKey::in_file(Algorithm::ES256, folder.join("signing.pem"))?;
    /// assert_eq!(first.id(), again.id());
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The file can neither be read nor made, or what is in it is no key for the algorithm.
    pub fn in_file(algorithm: Algorithm, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let bytes = kept("signing_key", path, || match algorithm {
            // RFC 7518 §3.2: as long as the output.
            Algorithm::HS256 => secret::<32>(),
            Algorithm::HS384 => secret::<48>(),
            Algorithm::HS512 => secret::<64>(),
            _ => {
                let pem = Self::generate(algorithm).map_err(io::Error::other)?.to_pem();
                let pem = pem.ok_or_else(|| io::Error::other("this kind of key has no PEM"))?;
                Ok(Zeroizing::new(pem.as_bytes().to_vec()))
            }
        })?;
        match algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
                Self::from_secret(algorithm, &*no_pem("signing_key", path, bytes)?)
            }
            _ => Self::from_pem(algorithm, &*bytes),
        }
    }
}

fn secret<const N: usize>() -> io::Result<Bytes> {
    Ok(Zeroizing::new(Zeroizing::new(random::<N>().map_err(io::Error::other)?).to_vec()))
}

/// Refuses the file of another kind of key: what stands in it may be public (RFC 8725 §2.1).
fn no_pem(setting: &'static str, path: &Path, bytes: Bytes) -> Result<Bytes, ConfigError> {
    if bytes.trim_ascii_start().starts_with(b"-----BEGIN ") {
        let problem =
            format!("{}: a key in PEM, and no random bytes; name a file of its own", path.display());
        return Err(ConfigError::new(setting, problem));
    }
    Ok(bytes)
}

/// Reads a file, or makes it: of several that make it at once the first.
fn kept(
    setting: &'static str,
    path: &Path,
    make: impl FnOnce() -> io::Result<Bytes>,
) -> Result<Bytes, ConfigError> {
    let read = || fs::read(path).map(Zeroizing::new);
    let read = match read() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make().and_then(|bytes| put(path, &bytes)).and_then(|()| read())
        }
        outcome => outcome,
    };
    read.map_err(|error| ConfigError::new(setting, format!("{}: {error}", path.display())))
}

/// Writes a file under another name, and gives it its own if nobody has it by then.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{:016x}", u64::from_ne_bytes(random().map_err(io::Error::other)?)));
    let draft = PathBuf::from(draft);
    let outcome = write(&draft, bytes).and_then(|()| fs::hard_link(&draft, path));
    // Also after a failure: no half of a key stays.
    let removed = fs::remove_file(&draft);
    match outcome {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => removed,
        Err(error) => Err(error),
        Ok(()) => removed,
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

    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("scopa-key-file-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn of_several_that_make_a_key_at_once_all_have_the_same() {
        let folder = folder("race");
        for round in 0..20 {
            let (path, start) = (folder.join(format!("{round}.key")), Barrier::new(4));
            let made: Vec<_> = thread::scope(|scope| {
                let make = |number: u8| {
                    let (path, start) = (&path, &start);
                    scope.spawn(move || {
                        let wait = || {
                            start.wait();
                            Ok(Zeroizing::new(vec![number; 32]))
                        };
                        kept("digest_key", path, wait).unwrap()
                    })
                };
                let makers: Vec<_> = (0..4).map(make).collect();
                makers.into_iter().map(|maker| maker.join().unwrap()).collect()
            });
            assert!(made.iter().all(|key| *key == made[0] && key.len() == 32));
        }
        // Nothing else is left there: no copy of a key.
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 20);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_key_is_the_same_at_the_next_start_and_for_its_owner_alone() {
        let folder = folder("again");
        let digest = |key: &DigestKey| key.digest("test", b"text");
        let path = folder.join("digest.key");
        let first = DigestKey::in_file(&path).unwrap();
        assert_eq!(digest(&first), digest(&DigestKey::in_file(&path).unwrap()));
        assert_ne!(digest(&first), digest(&DigestKey::in_file(folder.join("other.key")).unwrap()));

        for (algorithm, length) in
            [(Algorithm::HS256, Some(32)), (Algorithm::HS512, Some(64)), (Algorithm::EdDSA, None)]
        {
            let path = folder.join(algorithm.to_string());
            let sign = || {
                let mut token = "a.b".to_owned();
                SigningKey::in_file(algorithm, &path).unwrap().sign(&mut token).unwrap();
                token
            };
            assert_eq!(sign(), sign(), "{algorithm}");
            let bytes = fs::read(&path).unwrap();
            match length {
                Some(length) => assert_eq!(bytes.len(), length),
                None => assert!(bytes.starts_with(b"-----BEGIN PRIVATE KEY-----")),
            }
        }
        #[cfg(unix)]
        for file in fs::read_dir(&folder).unwrap() {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_cannot_be_is_told_with_the_name_of_the_file_and_nothing_of_the_key() {
        let folder = folder("wrong");
        let path = folder.join("key");
        fs::write(&path, "too short a key").unwrap();
        let pem = folder.join("key.pem");
        SigningKey::in_file(Algorithm::EdDSA, &pem).unwrap();
        for (error, words) in [
            (DigestKey::in_file(&path).unwrap_err(), "32 random bytes"),
            (DigestKey::in_file(folder.join("key/below")).unwrap_err(), "key/below"),
            (SigningKey::in_file(Algorithm::ES256, &path).unwrap_err(), "PEM"),
            (SigningKey::in_file(Algorithm::HS256, &path).unwrap_err(), "HS256"),
            (SigningKey::in_file(Algorithm::ES256, &pem).unwrap_err(), "signing_key"),
            (SigningKey::in_file(Algorithm::HS256, &pem).unwrap_err(), "key.pem: a key in PEM"),
            (DigestKey::in_file(&pem).unwrap_err(), "key.pem: a key in PEM"),
        ] {
            let told = error.to_string();
            assert!(told.contains(words) && !told.contains("short a key"), "{told}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
