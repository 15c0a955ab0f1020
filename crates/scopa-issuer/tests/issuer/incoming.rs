//! Bodies that come in pieces.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body::{Body, Frame};

use crate::stage::{Answer, SECRET, Stage, basic, now};

type Piece = Result<Frame<Bytes>, &'static str>;

/// A body of some pieces, and then more, for ever, if it has no end.
struct Pieces<'t> {
    left: VecDeque<Piece>,
    more: Option<Bytes>,
    taken: &'t mut usize,
}

impl Body for Pieces<'_> {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Piece>> {
        *self.taken += 1;
        let more = self.more.clone();
        Poll::Ready(self.left.pop_front().or_else(|| more.map(|more| Ok(Frame::data(more)))))
    }
}

#[test]
fn a_body_in_pieces_is_read_as_one() {
    let pieces = ["grant_type=client", "", "_credentials&sco", "pe=beta"];
    let pieces = pieces.map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))));
    let (answer, _) = ask(pieces.into_iter().chain([Ok(Frame::trailers(HeaderMap::new()))]), None);
    assert_eq!(answer.status(), 200);
}

#[test]
fn no_more_is_read_than_tells_that_it_is_too_long() {
    // 17 KiB or a single byte beyond 16 KiB.
    for (length, enough) in [(1024, 17), (16 * 1024 + 1, 1), (16 * 1024, 2), (1_000_000, 1)] {
        let (answer, taken) = ask([], Some(vec![b'a'; length].into()));
        assert_eq!((answer.refusal(), taken), ("413 invalid_request".into(), enough), "{length}");
    }
}

#[test]
fn a_body_that_breaks_off_is_not_acted_on() {
    let whole = Ok(Frame::data(Bytes::from_static(b"grant_type=client_credentials")));
    let (answer, _) = ask([whole, Err("the connection is gone")], None);
    assert_eq!(answer.refusal(), "400 invalid_request");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// Asks for a token and counts how often the body was asked for a piece.
fn ask(pieces: impl IntoIterator<Item = Piece>, more: Option<Bytes>) -> (Answer, usize) {
    let stage = Stage::new();
    let mut taken = 0;
    let request = Request::post("/oauth2/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", basic("machine", SECRET))
        .body(Pieces { left: pieces.into_iter().collect(), more, taken: &mut taken })
        .unwrap();
    let answer = Answer(now(stage.issuer.receive(request)));
    (answer, taken)
}
