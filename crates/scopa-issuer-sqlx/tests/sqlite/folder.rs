use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

/// A folder of one test. Gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = env::temp_dir().join(format!("scopa-sqlite-{}-{}", process::id(), count()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Returns the path of a file that is not there.
    pub(crate) fn new_file(&self) -> PathBuf {
        self.0.join(format!("{}.db", count()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn count() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}
