use std::marker::PhantomData;

use super::policy::Policy;

/// A policy as a type, so that a handler's signature says what it asks for: `Authorized<CrashesRead>`.
///
/// [`scopes!`](crate::scopes) writes the implementations for single scopes. A tuple asks for all of its members,
/// [`AnyOf`] for one of them. Everything else is an `impl` of three lines:
///
/// ```
/// use scopa::{Policy, Requirement};
///
/// struct CanPublish;
/// impl Requirement for CanPublish {
///     fn policy() -> Policy {
///         Policy::from("pages:write").and(Policy::any_permission(["OWNER", "EDITOR"]))
///     }
/// }
/// assert!(CanPublish::policy().to_string().contains("pages:write"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope or policy that can be required",
    label = "not a `Requirement`",
    note = "declare scopes with `scopes!`, combine them as a tuple or `AnyOf<(A, B)>`, or implement `Requirement`"
)]
pub trait Requirement: 'static {
    /// Returns the policy. Asked once for each validator, then kept.
    fn policy() -> Policy;
}

/// Asks for an accepted token and nothing more: what `Authorized` means when nothing is named.
///
/// ```
/// use scopa::{Authenticated, Requirement};
/// assert_eq!(Authenticated::policy().to_string(), "any valid token");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Authenticated;

impl Requirement for Authenticated {
    fn policy() -> Policy {
        Policy::authenticated()
    }
}

/// Asks for at least one of the members of a tuple: `AnyOf<(Read, Audit)>`.
///
/// ```
/// use scopa::{AnyOf, Requirement, scopes};
/// scopes! { fn hierarchy; Read = "read", Audit = "audit" }
///
/// assert_eq!(<AnyOf<(Read, Audit)>>::policy().to_string(), "read or audit");
/// assert_eq!(<(Read, Audit)>::policy().to_string(), "read and audit");
/// ```
#[derive(Debug)]
pub struct AnyOf<R>(PhantomData<R>);

macro_rules! tuples {
    ($(($($name:ident),+))+) => { $(
        impl<$($name: Requirement),+> Requirement for ($($name,)+) {
            fn policy() -> Policy {
                Policy::all_of([$($name::policy()),+])
            }
        }

        impl<$($name: Requirement),+> Requirement for AnyOf<($($name,)+)> {
            fn policy() -> Policy {
                Policy::any_of([$($name::policy()),+])
            }
        }
    )+ };
}

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

/// Says that a template's value comes from the request path, by the name of its placeholder.
///
/// The default of the types that [`scopes!`](crate::scopes) writes for templates: `Authorized<Team>` on the route
/// `/teams/{id}` asks for `team_{id}` with the `id` of the path, while `Team(&id)` carries a value of its own.
///
/// ```
/// use scopa::{FromPath, Policy, Requirement, scopes};
/// scopes! { fn hierarchy; Team(id) = "team_{id}" }
///
/// assert!(<Team<FromPath>>::policy().placeholders().eq(["id"]));
/// assert_eq!(Policy::from(Team("7")).placeholders().len(), 0);
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FromPath;
