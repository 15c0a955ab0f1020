/// Declares scopes as types, and the hierarchy that their nesting draws.
///
/// Each scope becomes a type that can stand in a handler's signature ([`Requirement`](crate::Requirement)) and
/// that turns into a [`Policy`](crate::Policy). What stands in braces is included. A scope that several others
/// include is declared once and named again by its type. A template carries one value; the class of its values
/// may follow the placeholder, and is letters, digits and `-` otherwise.
///
/// The function returns the hierarchy, built once; a malformed name does not compile, any other mistake is its
/// error.
///
/// ```
/// use scopa::{Policy, scopes};
///
/// scopes! {
///     /// The scopes of the crash service.
///     pub fn hierarchy;
///     /// Everything.
///     Admin = "admin" {
///         Write = "crashes:write" { Read = "crashes:read" },
///         Symbols = "symbols",
///     },
///     /// May read, and nothing else.
///     Auditor = "audit" { Read },
///     /// One team's data.
///     Team(id: "[0-9a-f]{24}") = "team_{id}",
/// }
///
/// let hierarchy = hierarchy()?;
/// assert!(hierarchy.covers(Admin::SCOPE, Read::SCOPE));
/// assert!(hierarchy.covers(Auditor::SCOPE, Read::SCOPE));
/// assert!(!hierarchy.covers(Auditor::SCOPE, Write::SCOPE));
/// let policy = Policy::from(Read).and(Team("65df73340142feec34d7d6ee"));
/// assert_eq!(policy.to_string(), "crashes:read and team_{id} for `65df73340142feec34d7d6ee`");
/// # Ok::<(), scopa::ConfigError>(())
/// ```
///
/// A name that RFC 6749 §3.3 does not allow:
///
/// ```compile_fail
/// scopa::scopes! { fn hierarchy; Read = "crashes read" }
/// ```
#[macro_export]
macro_rules! scopes {
    ($(#[$meta:meta])* $vis:vis fn $function:ident; $($scopes:tt)*) => {
        $crate::__scopes!(@types [$vis] $($scopes)*);

        $(#[$meta])*
        $vis fn $function() -> ::core::result::Result<$crate::Hierarchy, $crate::ConfigError> {
            static HIERARCHY: ::std::sync::OnceLock<::core::result::Result<$crate::Hierarchy, $crate::ConfigError>> =
                ::std::sync::OnceLock::new();
            HIERARCHY
                .get_or_init(|| $crate::__scopes!(@declare ($crate::Hierarchy::builder()) [] $($scopes)*).build())
                .clone()
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __scopes {
    (@types [$vis:vis] $(
        $(#[$meta:meta])*
        $name:ident $(($placeholder:ident $(: $values:literal)?))? $(= $scope:literal)? $({ $($inner:tt)* })?
    ),* $(,)?) => { $(
        $crate::__scopes!(@type [$vis] [$(#[$meta])*] $name ($($placeholder)?) $($scope)?);
        $($crate::__scopes!(@types [$vis] $($inner)*);)?
    )* };

    // Named again: nothing to declare.
    (@type [$vis:vis] [$(#[$meta:meta])*] $name:ident ()) => {};

    (@type [$vis:vis] [$(#[$meta:meta])*] $name:ident () $scope:literal) => {
        const _: () = ::core::assert!(
            $crate::__is_scope_token($scope),
            "not a scope: use visible ASCII without spaces, quotation marks and backslashes (RFC 6749, section 3.3)"
        );

        #[doc = ::core::concat!("The scope `", $scope, "`.\n")]
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $vis struct $name;

        #[allow(dead_code)]
        impl $name {
            /// The scope as it stands in a token.
            $vis const SCOPE: &'static str = $scope;
        }

        impl $crate::Requirement for $name {
            fn policy() -> $crate::Policy {
                $crate::Policy::from($scope)
            }
        }

        impl ::core::convert::From<$name> for $crate::Policy {
            fn from(_: $name) -> Self {
                $crate::Policy::from($scope)
            }
        }
    };

    (@type [$vis:vis] [$(#[$meta:meta])*] $name:ident ($placeholder:ident) $scope:literal) => {
        const _: () = ::core::assert!(
            $crate::__has_placeholder($scope, ::core::stringify!($placeholder)),
            "the template must hold the placeholder in braces, as in `Team(id) = \"team_{{id}}\"`"
        );

        #[doc = ::core::concat!("The scope `", $scope, "`, for one value of `", ::core::stringify!($placeholder), "`.\n")]
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        $vis struct $name<V = $crate::FromPath>($vis V);

        #[allow(dead_code)]
        impl $name<$crate::FromPath> {
            /// The template as it is declared.
            $vis const SCOPE: &'static str = $scope;
        }

        impl $crate::Requirement for $name<$crate::FromPath> {
            fn policy() -> $crate::Policy {
                $crate::Policy::from($scope)
            }
        }

        impl<V: ::core::convert::AsRef<str>> ::core::convert::From<$name<V>> for $crate::Policy {
            fn from(scope: $name<V>) -> Self {
                $crate::Policy::bound($scope, ::core::convert::AsRef::<str>::as_ref(&scope.0))
            }
        }
    };

    (@declare ($builder:expr) $parent:tt $(
        $(#[$meta:meta])*
        $name:ident $(($placeholder:ident $(: $values:literal)?))? $(= $scope:literal)? $({ $($inner:tt)* })?
    ),* $(,)?) => {{
        let builder = $builder;
        $(
            let builder = $crate::__scopes!(@one builder $name ($($placeholder $(: $values)?)?) $($scope)?);
            let builder = $crate::__scopes!(@edge builder $parent $name);
            $(let builder = $crate::__scopes!(@declare (builder) [<$name>::SCOPE] $($inner)*);)?
        )*
        builder
    }};

    (@edge $builder:ident [] $name:ident) => { $builder };
    (@edge $builder:ident [$parent:expr] $name:ident) => { $builder.includes($parent, [<$name>::SCOPE]) };

    (@one $builder:ident $name:ident ()) => { $builder };
    (@one $builder:ident $name:ident () $scope:literal) => { $builder.scopes([$scope]) };
    (@one $builder:ident $name:ident ($placeholder:ident) $scope:literal) => { $builder.template($scope, "") };
    (@one $builder:ident $name:ident ($placeholder:ident : $values:literal) $scope:literal) => {
        $builder.template($scope, $values)
    };
}
