use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Does something and returns what it logged, as lines of level, target and fields.
pub(crate) fn logged(act: impl FnOnce()) -> Vec<String> {
    // One subscriber for the process: scoped ones come and go, and tests that run side by side then miss events.
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Log).unwrap());
    LINES.take();
    act();
    LINES.take()
}

/// Refuses a line that holds a part of a token: of its claims, or of its signature.
pub(crate) fn assert_silent(lines: &[String], bearers: &[&str]) {
    // An outage says the same again and again.
    let lines: BTreeSet<&str> = lines.iter().map(String::as_str).collect();
    for part in bearers.iter().flat_map(|bearer| bearer.split('.').skip(1)) {
        for piece in part.as_bytes().chunks_exact(12).map(|piece| std::str::from_utf8(piece).unwrap()) {
            let told = lines.iter().find(|line| line.contains(piece));
            assert_eq!(told, None, "`{piece}` of a token is in the log");
        }
    }
}

/// Keeps what is logged, for the thread that logged it.
struct Log;

struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, " {}={value}", field.name()).unwrap();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut text);
        LINES.with_borrow_mut(|lines| lines.push(text.0));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
