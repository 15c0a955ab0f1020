//! What must not compile does not, and says what would be right; the right use of each compiles.
//!
//! The messages are those of one compiler: with another the files of `ui/refused` are passed over, for the wording
//! of rustc changes between versions and is not ours. `TRYBUILD=overwrite` writes them anew; raise `WRITTEN_FOR`
//! with them.

use std::process::Command;

/// The version of rustc that the messages are of, major and minor.
const WRITTEN_FOR: &str = "rustc 1.95.";

#[test]
fn misuse_does_not_compile_and_right_use_does() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/accepted/*.rs");
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(compiler).arg("--version").output().expect("rustc is there");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if version.starts_with(WRITTEN_FOR) {
        cases.compile_fail("tests/ui/refused/*.rs");
    } else {
        println!("messages not compared: they are of {WRITTEN_FOR}x, this is {version}");
    }
}
