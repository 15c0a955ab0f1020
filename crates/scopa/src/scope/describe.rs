//! What a policy asks for, told to documents.

use super::policy::{Policy, Term};
use super::requirement::Requirement;
use super::set::Scopes;

impl Policy {
    /// Returns what a handler asks for, by its first argument: that of `async fn list(_: Authorized<Read>)` is `read`.
    ///
    /// For documents such as OpenAPI: what they say is what the handler enforces, for it stands nowhere else. A handler whose first
    /// argument is no `Authorized` of an adapter does not compile.
    ///
    /// ```compile_fail
    /// async fn open_to_all() {}
    /// let policy = scopa::Policy::of(&open_to_all);
    /// ```
    pub fn of<H: Handler<Arguments>, Arguments>(_: &H) -> Self {
        <<H as Handler<Arguments>>::First as Argument>::Requirement::policy()
    }

    /// Returns the sets of scopes that would do, each by itself enough, as the author of the policy wrote them: the first 64.
    ///
    /// Templates stand with their placeholder, unless they are bound. An accepted token alone is one empty set; a policy
    /// that can never be met has none, and a document must not say so by an empty `security`, which OpenAPI reads as public. Permissions are left out, and where one would do in place of a scope, the scope is named. What includes
    /// the scopes of a set would do, too: that is for the [`Hierarchy`](crate::Hierarchy) to say.
    ///
    /// ```
    /// use scopa::Policy;
    ///
    /// let policy = Policy::any_of(["read", "audit"]).and("team_{id}").and(Policy::permission("OWNER"));
    /// let sets: Vec<String> = policy.alternatives().iter().map(ToString::to_string).collect();
    /// assert_eq!(sets, ["read team_{id}", "audit team_{id}"]);
    /// ```
    pub fn alternatives(&self) -> Vec<Scopes> {
        if self.fault.is_some() {
            return Vec::new();
        }
        let mut sets: Vec<Vec<String>> = vec![Vec::new()];
        for clause in self.clauses.iter() {
            let scopes: Vec<String> = clause.iter().filter_map(Term::scope).collect();
            let by_permission = clause.iter().any(|term| matches!(term, Term::Permission(_)));
            if !(scopes.is_empty() && by_permission) {
                sets = product(&sets, &scopes);
            }
        }
        sets.iter().filter_map(|set| set.join(" ").parse().ok()).collect()
    }

    /// Returns the permissions that are asked for: of each set, one. One that would do in place of a scope is not among them.
    ///
    /// ```
    /// use scopa::Policy;
    ///
    /// let policy = Policy::from("read").and(Policy::any_permission(["OWNER", "ADMIN"]));
    /// assert_eq!(policy.permissions(), [["OWNER", "ADMIN"]]);
    /// assert!(Policy::from("read").permissions().is_empty());
    /// ```
    pub fn permissions(&self) -> Vec<Vec<&str>> {
        self.clauses.iter().filter_map(|clause| clause.iter().map(Term::permission).collect()).collect()
    }
}

impl Term {
    fn permission(&self) -> Option<&str> {
        match self {
            Self::Permission(name) => Some(name),
            Self::Scope(_) | Self::Bound { .. } | Self::AnyValue(_) => None,
        }
    }

    /// Returns the scope that would do, unless none can: the value of a template may be no part of one.
    fn scope(&self) -> Option<String> {
        match self {
            Self::Scope(name) | Self::AnyValue(name) => Some(name.clone().into_owned()),
            Self::Bound { template, value } => {
                let (before, rest) = template.split_once('{')?;
                let (_, after) = rest.split_once('}')?;
                let scope = format!("{before}{value}{after}");
                super::is_scope_token(&scope).then_some(scope)
            }
            Self::Permission(_) => None,
        }
    }
}

/// Adds one of `scopes` to each set, and leaves out what another set already is part of.
fn product(sets: &[Vec<String>], scopes: &[String]) -> Vec<Vec<String>> {
    let mut wider: Vec<Vec<String>> = Vec::new();
    for set in sets {
        for scope in scopes {
            let mut set = set.clone();
            if !set.contains(scope) {
                set.push(scope.clone());
            }
            let includes = |one: &[String], other: &[String]| other.iter().all(|scope| one.contains(scope));
            if wider.iter().any(|known| includes(&set, known)) {
                continue;
            }
            wider.retain(|known| !includes(known, &set));
            wider.push(set);
            if wider.len() == MOST_ALTERNATIVES {
                return wider;
            }
        }
    }
    wider
}

const MOST_ALTERNATIVES: usize = 64;

/// An argument of a handler that asks something of the caller: `Authorized<R>` of an adapter.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` asks nothing of the caller",
    label = "no `Authorized`",
    note = "the first argument of the handler must be `Authorized` or `Authorized<R>`"
)]
pub trait Argument {
    /// What it asks for.
    type Requirement: Requirement;
}

/// A handler whose first argument asks something of the caller.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the first argument of this handler asks nothing of the caller",
    label = "not a guarded handler",
    note = "the first argument must be `Authorized` or `Authorized<R>`; what is open to all has no policy"
)]
pub trait Handler<Arguments> {
    /// The first argument.
    type First: Argument;
}

macro_rules! handlers {
    ($(($($rest:ident),*))+) => { $(
        impl<H, O, A, $($rest),*> Handler<(A, $($rest,)*)> for H
        where
            H: Fn(A, $($rest),*) -> O,
            A: Argument,
        {
            type First = A;
        }
    )+ };
}

handlers! {
    () (B) (B, C) (B, C, D) (B, C, D, E) (B, C, D, E, F) (B, C, D, E, F, G) (B, C, D, E, F, G, I)
    (B, C, D, E, F, G, I, J) (B, C, D, E, F, G, I, J, K) (B, C, D, E, F, G, I, J, K, L)
    (B, C, D, E, F, G, I, J, K, L, M) (B, C, D, E, F, G, I, J, K, L, M, N)
    (B, C, D, E, F, G, I, J, K, L, M, N, P) (B, C, D, E, F, G, I, J, K, L, M, N, P, Q)
    (B, C, D, E, F, G, I, J, K, L, M, N, P, Q, R)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AnyOf, Authenticated, scopes};

    scopes! { fn hierarchy; Read = "read", Write = "write" }

    struct Caller<R>(std::marker::PhantomData<R>);

    impl<R: Requirement> Argument for Caller<R> {
        type Requirement = R;
    }

    fn sets(policy: &Policy) -> Vec<String> {
        policy.alternatives().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_handler_tells_what_its_first_argument_asks_for() {
        async fn one(_: Caller<Read>) {}
        async fn more(_: Caller<AnyOf<(Read, Write)>>, _: String, _: u8) -> &'static str {
            ""
        }
        #[rustfmt::skip]
        #[expect(clippy::too_many_arguments, reason = "axum takes as many, and actix-web nearly")]
        async fn most(
            _: Caller<Read>, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8,
            _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8,
        ) {
        }
        assert!(hierarchy().is_ok());
        assert_eq!(Policy::of(&most).to_string(), "read");
        assert_eq!(Policy::of(&one).to_string(), "read");
        assert_eq!(Policy::of(&more).to_string(), "read or write");
        assert_eq!(Policy::of(&async |_: Caller<Authenticated>| ()).to_string(), "any valid token");
    }

    #[test]
    fn alternatives_are_each_enough_and_none_holds_another() {
        assert_eq!(sets(&Policy::authenticated()), [""]);
        assert_eq!(sets(&Policy::all_of(["a", "b"])), ["a b"]);
        assert_eq!(sets(&Policy::any_of(["a", "b"])), ["a", "b"]);
        assert_eq!(sets(&Policy::any_of(["a", "b"]).and(Policy::any_of(["a", "c"]))), ["a", "b c"]);
        assert_eq!(sets(&Policy::all_of(["a", "b"]).or("c")), ["a b", "c"]);
        assert_eq!(sets(&Policy::bound("team_{id}", "7").and("org_{id}")), ["team_7 org_{id}"]);
        assert_eq!(sets(&Policy::any_value("team_{id}").or("a")), ["team_{id}", "a"]);
    }

    #[test]
    fn what_can_never_be_met_has_no_alternative() {
        let none: [&'static str; 0] = [];
        assert!(Policy::any_of(none).alternatives().is_empty());
        assert!(Policy::bound("team_{id}", "a b").alternatives().is_empty());
        assert_eq!(sets(&Policy::bound("team_{id}", "a b").or("c")), ["c"]);
    }

    #[test]
    fn permissions_are_told_apart_from_scopes() {
        let policy = Policy::from("a").or(Policy::permission("P")).and(Policy::any_permission(["Q", "R"]));
        assert_eq!(sets(&policy), ["a"]);
        assert_eq!(policy.permissions(), [["Q", "R"]]);
        assert_eq!(sets(&Policy::permission("P")), [""]);
    }

    #[test]
    fn their_number_is_bounded() {
        let wide = (0..20).map(|row| Policy::any_of((0..60).map(move |n| format!("s{row}-{n}"))));
        assert_eq!(Policy::all_of(wide).alternatives().len(), 64);
    }
}
