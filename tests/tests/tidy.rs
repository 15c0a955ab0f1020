//! The rules of this workspace that no compiler knows.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]
#![expect(clippy::string_slice, reason = "cut at places that were found in the same text")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders whose crates carry what the core decided, and decide nothing.
const ADAPTERS: [&str; 3] = ["scopa-tower", "scopa-axum", "scopa-actix"];

#[test]
fn a_file_of_the_core_uses_only_modules_above_it() {
    let root = read("crates/scopa/src/lib.rs").unwrap();
    let modules = names_after(&root, "mod ");
    let place = |module: &str| modules.iter().position(|other| other == module);
    let exports = exports(&root);
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for source in sources("crates/scopa/src").iter().filter(|source| source.name != "lib.rs") {
        let own = source.name.split(['/', '.']).next().unwrap();
        let own_place = place(own).unwrap_or_else(|| panic!("{} is of no module of lib.rs", source.name));
        for name in names_from_root(source) {
            seen += 1;
            let module = exports.get(&name).unwrap_or(&name);
            match place(module) {
                Some(other) if other <= own_place => {}
                Some(_) => complaints.push(format!("{} uses `{module}`, which is below it", source.name)),
                None => complaints.push(format!("{} uses `crate::{name}` of no module", source.name)),
            }
        }
    }
    assert!(seen > 50, "only {seen} uses were found");
    assert_empty(&complaints);
}

#[test]
fn no_file_has_more_than_400_lines_without_its_tests() {
    let mut complaints = Vec::new();
    for source in sources("crates").iter().filter(|source| source.name.contains("/src/")) {
        if !source.is_test && source.own.lines().count() > 400 {
            complaints.push(format!("{}: {} lines", source.name, source.own.lines().count()));
        }
    }
    assert_empty(&complaints);
}

#[test]
fn the_time_is_read_in_one_file() {
    let mut readers = Vec::new();
    let sources = [sources("crates"), sources("examples")];
    // A test may measure how long it takes.
    for source in sources.iter().flatten().filter(|source| source.name.contains("/src/")) {
        let code = code_of(&source.whole);
        if ["SystemTime::now", "Instant::now", "clock_gettime"].iter().any(|reader| code.contains(reader)) {
            readers.push(source.name.clone());
        }
    }
    assert_eq!(readers, ["crates/scopa/src/clock.rs"]);
}

#[test]
fn the_core_names_a_runtime_in_one_file() {
    let mut namers = Vec::new();
    for source in sources("crates/scopa/src") {
        let code = code_of(&source.own);
        if ["tokio", "reqwest", "actix", "axum", "hyper"]
            .iter()
            .any(|name| code.contains(&format!("{name}::")))
        {
            namers.push(source.name);
        }
    }
    assert_eq!(namers, ["http_client.rs"]);
}

#[test]
fn adapters_are_small_and_hold_no_word_of_rfc_6750() {
    // RFC 6750 §3 and §3.1.
    let words = [
        "invalid_token",
        "invalid_request",
        "insufficient_scope",
        "Bearer",
        "WWW-Authenticate",
        "WWW_AUTHENTICATE",
    ];
    let mut complaints = Vec::new();
    for adapter in ADAPTERS {
        let files = sources(&format!("crates/{adapter}/src"));
        let mut lines = 0;
        for source in files.iter().filter(|source| !source.is_test) {
            let code = code_of(&source.own);
            lines += code.lines().filter(|line| !is_import(line)).count();
            for word in words.iter().filter(|word| code.contains(**word)) {
                complaints.push(format!("{adapter}/src/{} says {word}", source.name));
            }
        }
        println!("{adapter}: {lines} lines of code");
        if lines == 0 || lines >= 300 {
            complaints.push(format!("{adapter} has {lines} lines of code, expected 1 to 299"));
        }
    }
    assert_empty(&complaints);
}

#[test]
fn nothing_is_left_unfinished() {
    // In two halves each, so that this file is clean.
    let marks =
        [("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK"), ("to", "do!("), ("unimple", "mented!(")];
    let marks = marks.map(|(one, other)| format!("{one}{other}"));
    let ignored = format!("#[{}", "ignore");
    let mut complaints = Vec::new();
    for file in files(&root(), &["rs", "toml", "md", "stderr", "yml", "yaml", "sh"]) {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| has_word(line, mark)) || line.contains(&ignored) {
                complaints.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert_empty(&complaints);
}

#[test]
fn each_test_that_the_threat_model_names_is_there() {
    let text = read("docs/threat-model.md").unwrap();
    let (_, issuer) = text.split_once("## The issuer").unwrap();
    // The last column, of which names in backquotes are tests.
    let last =
        issuer.lines().filter_map(|line| line.strip_suffix(" |")?.rsplit_once(" | ")).map(|(_, last)| last);
    let names = last
        .flat_map(|column| column.split('`').skip(1).step_by(2))
        .filter(|name| !name.contains(['/', '-']));
    let names: BTreeSet<&str> = names.collect();
    let sources: String = ["crates", "tests", "examples"]
        .iter()
        .flat_map(|folder| files(&root().join(folder), &["rs"]))
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect();
    let missing = names.iter().filter(|name| !sources.contains(&format!("fn {name}()")));
    let complaints: Vec<String> = missing.map(|name| format!("no test is called {name}")).collect();
    assert_empty(&complaints);
    assert!(names.len() > 30, "only {names:?} were found");
}

#[test]
fn the_core_has_few_public_items() {
    let root = read("crates/scopa/src/lib.rs").unwrap();
    let items: Vec<String> = exports(&root).into_keys().filter(|item| !item.starts_with("__")).collect();
    println!("{} public items", items.len());
    assert!(!items.is_empty() && items.len() <= 37, "{} public items: {items:#?}", items.len());
}

#[test]
fn no_foreign_type_stands_in_a_public_signature() {
    let crates = [
        "jsonwebtoken",
        "aws_lc_rs",
        "ed25519_dalek",
        "rsa",
        "arc_swap",
        "reqwest",
        "tokio",
        "quick_cache",
        "redis",
        "sqlx",
        "base64_simd",
        "rustix",
    ];
    let starts =
        ["fn", "const fn", "async fn", "struct", "enum", "trait", "type"].map(|kind| format!("pub {kind} "));
    let (mut complaints, mut signatures) = (Vec::new(), 0);
    for source in sources("crates").iter().filter(|source| source.name.contains("/src/") && !source.is_test) {
        let code = code_of(&source.own);
        // Names that stand for such a type in this file, and its full paths.
        let foreign = crates.iter().flat_map(|name| imported(&code, name));
        let foreign: Vec<String> = foreign.chain(crates.map(|name| format!("{name}::"))).collect();
        for start in &starts {
            for (at, _) in code.match_indices(start.as_str()) {
                let signature = code[at..].split(['{', ';']).next().unwrap();
                signatures += 1;
                for name in foreign.iter().filter(|name| has_word(signature, name)) {
                    complaints.push(format!("{}: {name} in `{}`", source.name, signature.trim()));
                }
            }
        }
    }
    println!("{signatures} public signatures");
    assert!(signatures > 100, "only {signatures} public signatures were found");
    assert_empty(&complaints);
}

#[test]
fn a_use_is_found_however_it_is_written() {
    let found = |name: &str, text: &str| {
        let own = without_tests(text).to_owned();
        let source = Source { name: name.to_owned(), whole: text.to_owned(), own, is_test: false };
        names_from_root(&source).into_iter().collect::<Vec<_>>().join(" ")
    };
    for (name, text, expected) in [
        ("a.rs", "use crate::b::C;", "b"),
        ("a.rs", "use crate::{B, c::{D, E}, f};", "B c f"),
        ("a.rs", "use crate::{\n    b,\n    c::D,\n};", "b c"),
        ("a.rs", "fn f() -> crate::b::C { crate::d::e() }", "b d"),
        ("a.rs", "use super::b::C;", "b"),
        ("a/mod.rs", "pub(super) use super::b;", "b"),
        ("a/b.rs", "use super::c; use super::super::d::E;", "d"),
        ("a.rs", "//! crate::b\n/// [`C`](crate::c)\nlet d = 1; // crate::e", ""),
        ("a.rs", "$crate::b::C", ""),
        ("a.rs", "use crate::b;\n#[cfg(test)]\nmod tests {\n    use crate::c;\n}", "b"),
    ] {
        assert_eq!(found(name, text), expected, "{name}: {text}");
    }
}

/// A Rust file.
struct Source {
    /// Its path, below the folder that was asked for, or below the root for `crates`.
    name: String,
    whole: String,
    /// All but `mod tests` at its end.
    own: String,
    /// Whether its parent declares it for tests only, or it stands in a `tests` folder.
    is_test: bool,
}

/// Reads all Rust files of a folder.
fn sources(folder: &str) -> Vec<Source> {
    let base = root().join(folder);
    let shown = if folder.contains('/') { base.clone() } else { root() };
    let paths = files(&base, &["rs"]);
    let mut test_only = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]") {
            if let Some(module) = pair[1].strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
                test_only.push(path.with_file_name(module));
            }
        }
    }
    let read = |path: PathBuf| {
        let whole = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(&shown).unwrap().display().to_string();
        // `a.rs`, or all of `a/`.
        let is_declared = |module: &PathBuf| path.with_extension("") == *module || path.starts_with(module);
        let is_test = test_only.iter().any(is_declared) || name.contains("/tests/");
        Source { own: without_tests(&whole).to_owned(), name, whole, is_test }
    };
    paths.into_iter().map(read).collect()
}

/// Cuts off the module of tests, which stands at the end.
fn without_tests(text: &str) -> &str {
    let is_module = |at: &usize| {
        let next = text[*at..].lines().nth(1).unwrap_or_default();
        next.contains("mod ") && next.ends_with('{')
    };
    let ends = text.match_indices("#[cfg(test)]\n").map(|(at, _)| at).find(is_module);
    ends.map_or(text, |at| &text[..at])
}

/// Drops comments, docs and blank lines.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let line = line.split_once(" // ").map_or(line, |(before, _)| before);
        if !line.trim().is_empty() && !line.trim_start().starts_with("//") {
            code += line;
            code.push('\n');
        }
    }
    code
}

/// Tells whether a line only brings names in or gives them out: that is no logic.
fn is_import(line: &str) -> bool {
    let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
    line.starts_with("use ") || line.starts_with("mod ")
}

/// Returns what a file of the core names from the root of the crate: the first step of each `crate::` path.
fn names_from_root(source: &Source) -> BTreeSet<String> {
    if source.is_test {
        return BTreeSet::new();
    }
    // In `a.rs` and `a/mod.rs` the root is one `super` away, in `a/b.rs` it is two.
    let depth = match source.name.split_once('/') {
        Some((_, file)) if file != "mod.rs" => 2,
        _ => 1,
    };
    let code = code_of(&source.own).replace("$crate::", "").replace(&"super::".repeat(depth), "crate::");
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => drop(names.insert(first_name(rest))),
            Some(list) => names.extend(members(list).into_iter().map(first_name)),
        }
    }
    names
}

/// Maps the items that lib.rs re-exports to the module that has them.
fn exports(root: &str) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    for (at, start) in root.match_indices("\npub use ") {
        let path = root[at + start.len()..].split(';').next().unwrap();
        let (module, items) = path.split_once("::").unwrap();
        let items = match items.strip_prefix('{') {
            Some(list) => members(list),
            None => vec![items],
        };
        for item in items {
            let name = item.rsplit(" as ").next().unwrap().trim();
            exports.insert(name.to_owned(), module.to_owned());
        }
    }
    exports
}

/// Returns the names that a file imports from a crate.
fn imported(code: &str, from: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, start) in code.match_indices(&format!("use {from}::")) {
        let tree = code[at + start.len()..].split(';').next().unwrap();
        let leaves = tree.split([',', '{', '}']).map(|leaf| leaf.rsplit(" as ").next().unwrap());
        let leaves = leaves.map(|leaf| leaf.rsplit("::").next().unwrap().trim().to_owned());
        names.extend(leaves.filter(|leaf| !leaf.is_empty() && leaf != "self" && leaf != "_"));
    }
    names
}

/// Returns the members of a list in braces, of which the opening one is gone.
fn members(list: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                members.push(list[start..at].trim());
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    members.retain(|member| !member.is_empty());
    members
}

fn first_name(path: &str) -> String {
    path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Returns the names of lines such as `mod name;`, public or not, in order.
fn names_after(text: &str, start: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.strip_prefix("pub ").unwrap_or(line));
    let rests = lines.filter_map(|line| line.strip_prefix(start)?.strip_suffix(';'));
    rests.map(str::to_owned).collect()
}

/// Tells whether a word stands in a line, not as a part of another.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        !line[..at].ends_with(is_part) && (word.ends_with(|c| !is_part(c)) || !after.starts_with(is_part))
    })
}

/// Returns all files below a folder with one of the endings, in order. What is generated is passed over.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if !["target", ".git", "data", "corpus", "artifacts", "node_modules"].contains(&name) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> Option<String> {
    fs::read_to_string(root().join(file)).ok()
}

fn assert_empty(complaints: &[String]) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
