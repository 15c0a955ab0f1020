//! What an operator declares: scopes, edges, templates and the rest, in JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scopa::{Hierarchy, Scopes};

/// Triples of scopes grow with the third power.
const MOST: usize = 12;

fuzz_target!(|text: &str| {
    let (declared, asked) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(hierarchy) = serde_json::from_str::<Hierarchy>(declared) else { return };
    let scopes: Vec<&str> = hierarchy.scopes().filter(|scope| !scope.contains('{')).take(MOST).collect();
    for a in &scopes {
        assert!(hierarchy.covers(a, a), "{a} does not cover itself");
        assert!(!hierarchy.covers("", a));
        for b in scopes.iter().filter(|b| hierarchy.covers(a, b)) {
            for c in scopes.iter().filter(|c| hierarchy.covers(b, c)) {
                assert!(hierarchy.covers(a, c), "{a} covers {b}, {b} covers {c}");
            }
        }
    }
    let Ok(held) = asked.parse::<Scopes>() else { return };
    let normal = hierarchy.normalize(&held);
    // What was dropped is covered by what stayed.
    for scope in held.iter() {
        assert!(normal.contains(scope) || normal.iter().any(|kept| hierarchy.covers(kept, scope)));
    }
});
