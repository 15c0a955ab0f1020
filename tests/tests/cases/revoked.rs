//! Tokens that were revoked before their end.

use std::future::{Future, poll_fn};
use std::task::Poll;

use scopa::{Access, Revocation, Revoked, Validator, ValidatorBuilder};
use scopa_testing::TestIssuer;

use super::Group;
use super::client::get;
use super::want::{bad_token, needs, no_token, page, page_for, unavailable};

/// Answers by the subject: some of it at once, some when it is polled again, as from a network.
struct List;

impl Revocation for List {
    fn revoked(&self, access: &Access) -> Revoked {
        match access.subject() {
            Some("revoked") => Revoked::Yes,
            Some("revoked-later") => Revoked::Later(Box::pin(after_a_while(Ok(true)))),
            Some("good-later") => Revoked::Later(Box::pin(after_a_while(Ok(false)))),
            Some("nobody-knows") => Revoked::Later(Box::pin(after_a_while(Err("the list is away")))),
            _ => Revoked::No,
        }
    }
}

fn after_a_while(
    answer: Result<bool, &'static str>,
) -> impl Future<Output = Result<bool, Box<dyn std::error::Error + Send + Sync>>> {
    let mut polled = 0;
    poll_fn(move |context| {
        polled += 1;
        context.waker().wake_by_ref();
        if polled > 2 { Poll::Ready(answer.map_err(Into::into)) } else { Poll::Pending }
    })
}

pub(crate) fn door(plain: ValidatorBuilder) -> Validator {
    plain.revocation(List).build().unwrap()
}

/// What the list says, and what it is not asked.
pub(crate) fn listed(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("revocation");
    let of = |subject: &str| issuer.token().subject(subject).scope("alpha");
    for path in ["/revocation", "/revocation/guarded"] {
        for (name, token, want) in [
            ("not on the list", of("user-1"), page()),
            ("not on the list, as it turns out", of("good-later"), page_for(r#""good-later""#)),
            ("on the list", of("revoked"), bad_token("revoked")),
            ("on the list, as it turns out", of("revoked-later"), bad_token("revoked")),
            ("the list cannot be asked", of("nobody-knows"), unavailable()),
            ("without the scope", of("good-later").scope(""), needs("alpha")),
            ("expired, and on the list", of("revoked").expired(), bad_token("expired")),
        ] {
            group.row(format!("{path}: {name}"), get(path).bearer(token.sign()), want);
        }
        group.row(format!("{path}: no token"), get(path), no_token());
    }
    group
}
