use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use crate::base64url::decode;
use crate::cache::BLOCK;
use crate::memo::Noted;
use crate::scope::Authority;

/// What a token says, borrowed from it: judged by [`Rules`](crate::rules::Rules), and made nowhere else.
pub(crate) struct Judged<'c> {
    pub(crate) subject: Option<&'c str>,
    pub(crate) client_id: Option<&'c str>,
    pub(crate) token_id: Option<&'c str>,
    pub(crate) audience: Audience,
    pub(crate) expires_at: u64,
    pub(crate) issued_at: Option<u64>,
    pub(crate) window: Window,
    pub(crate) authority: Arc<Noted<Authority>>,
}

/// The time in which a token is good, leeway included: from the first on, and before the second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: u64,
    pub(crate) until: u64,
}

impl Window {
    pub(crate) fn contains(self, now: u64) -> bool {
        self.from <= now && now < self.until
    }
}

/// Whom a token is for.
#[derive(Clone)]
pub(crate) enum Audience {
    /// For us alone: by this one of our names.
    Ours(usize),
    Listed(Box<[Box<str>]>),
}

/// What is kept of a token beside its claims, and where its payload is.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'t> {
    /// The token, and the place of its payload within.
    Token(&'t str, (usize, usize)),
    /// Something that stands for the token, and its payload as it was in it.
    Digest(&'t str, &'t str),
    /// The payload as it was in a token.
    Encoded(&'t str),
    /// The payload as JSON.
    Json(&'t str),
}

/// The claims of an accepted token. All texts are in one piece.
#[derive(Clone)]
pub(crate) struct Claims {
    /// What a cache knows the token by, then the payload, then the claims that are asked for.
    text: Arc<str>,
    key: u32,
    payload: Span,
    is_encoded: bool,
    subject: Option<Span>,
    client_id: Option<Span>,
    token_id: Option<Span>,
    pub(crate) audience: Audience,
    pub(crate) expires_at: u64,
    pub(crate) issued_at: Option<u64>,
    pub(crate) window: Window,
    pub(crate) authority: Arc<Noted<Authority>>,
}

#[derive(Clone, Copy, Default)]
struct Span {
    start: u32,
    end: u32,
}

impl Claims {
    pub(crate) fn new(origin: Origin<'_>, judged: Judged<'_>) -> Self {
        let Judged { subject, client_id, token_id, audience, expires_at, issued_at, window, authority } =
            judged;
        // There is none in a thread that ends.
        let mut text = SCRATCH.try_with(Cell::take).unwrap_or_default();
        text.clear();
        let (key, payload) = match origin {
            Origin::Token(token, (start, end)) => (append(&mut text, token), Span::new(start, end)),
            Origin::Digest(digest, payload) => (append(&mut text, digest), append(&mut text, payload)),
            Origin::Encoded(payload) | Origin::Json(payload) => (Span::default(), append(&mut text, payload)),
        };
        let mut place = |claim: &str| append(&mut text, claim);
        let (subject, client_id, token_id) =
            (subject.map(&mut place), client_id.map(&mut place), token_id.map(&mut place));
        let made = Arc::from(text.as_str());
        if text.capacity() <= LARGEST_SCRATCH {
            SCRATCH.try_with(|scratch| scratch.set(text)).unwrap_or_default();
        }
        Self {
            text: made,
            key: key.end,
            payload,
            is_encoded: !matches!(origin, Origin::Json(_)),
            subject,
            client_id,
            token_id,
            audience,
            expires_at,
            issued_at,
            window,
            authority,
        }
    }

    /// Returns what a cache knows the token by; empty where nothing was kept.
    pub(crate) fn key(&self) -> &str {
        self.text.get(..self.key as usize).unwrap_or_default()
    }

    pub(crate) fn subject(&self) -> Option<&str> {
        self.subject.and_then(|span| self.part(span))
    }

    pub(crate) fn client_id(&self) -> Option<&str> {
        self.client_id.and_then(|span| self.part(span))
    }

    pub(crate) fn token_id(&self) -> Option<&str> {
        self.token_id.and_then(|span| self.part(span))
    }

    /// Returns the whole payload, strict JSON.
    pub(crate) fn payload(&self) -> Cow<'_, [u8]> {
        let payload = self.part(self.payload).unwrap_or_default();
        if self.is_encoded {
            // It was decoded before, so it can be.
            return Cow::Owned(decode(payload).unwrap_or_default());
        }
        Cow::Borrowed(payload.as_bytes())
    }

    /// Returns all texts as they are in memory.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether both have one text in memory, as only copies have.
    pub(crate) fn has_text_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text)
    }

    /// Returns the same claims with another authority.
    pub(crate) fn with_authority(&self, authority: Arc<Noted<Authority>>) -> Self {
        Self { authority, ..self.clone() }
    }

    /// Returns about how much memory this takes, in bytes.
    ///
    /// With scopes and permissions, although many tokens may share them: often each token has its own.
    pub(crate) fn weight(&self) -> usize {
        let listed = match &self.audience {
            Audience::Ours(_) => 0,
            Audience::Listed(names) => {
                names.iter().map(|name| size_of::<Box<str>>() + name.len() + BLOCK).sum()
            }
        };
        let counted = 2 * (2 * size_of::<usize>() + BLOCK);
        let authority = self.authority.texts() + 2 * BLOCK + self.authority.value.weight();
        size_of::<Self>() + self.text.len() + counted + listed + authority
    }

    fn part(&self, span: Span) -> Option<&str> {
        self.text.get(Range::from(span))
    }
}

impl Span {
    /// Texts are a few hundred kibibytes at most.
    fn new(start: usize, end: usize) -> Self {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: place(start), end: place(end) }
    }
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.start as usize..span.end as usize
    }
}

fn append(text: &mut String, part: &str) -> Span {
    let start = text.len();
    text.push_str(part);
    Span::new(start, text.len())
}

thread_local! {
    /// Where texts are put together, so that the piece that is kept has just its size.
    static SCRATCH: Cell<String> = const { Cell::new(String::new()) };
}

const LARGEST_SCRATCH: usize = 32 * 1024;
