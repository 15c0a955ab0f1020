use std::fmt;

use measure::{Flaw, Issuer};

use crate::target::Target;

/// What answers the request, with and without the check of a token. Figures of different hosts are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Host {
    /// A bare tower service.
    Tower,
    /// The same with the body of axum 0.7, for a peer that knows no other.
    Tower07,
    /// A `Router` of axum 0.8.
    Axum,
    /// A `Router` of axum 0.7.
    Axum07,
    /// An `App` of actix-web 4.
    Actix,
}

impl Host {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::Tower, Self::Tower07, Self::Axum, Self::Axum07, Self::Actix];

    /// Returns the name that stands in the names of figures; the two versions of axum are one.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tower | Self::Tower07 => "tower",
            Self::Axum | Self::Axum07 => "axum",
            Self::Actix => "actix",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tower => "tower",
            Self::Tower07 => "tower, axum 0.7 body",
            Self::Axum => "axum 0.8",
            Self::Axum07 => "axum 0.7",
            Self::Actix => "actix-web 4",
        })
    }
}

/// Who checks tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Who {
    /// The name in the names of figures, such as `jwt_authorizer`.
    pub(crate) key: &'static str,
    /// The package.
    pub(crate) package: &'static str,
    /// What else stands in the tables, where that is not all.
    pub(crate) note: &'static str,
}

impl Who {
    /// Returns the name in the tables: the package, its version as the lock file has it, and the note.
    pub(crate) fn name(self) -> String {
        let start = format!("\nname = \"{}\"\nversion = \"", self.package);
        let version = LOCK.split_once(&start).and_then(|(_, rest)| rest.split_once('"'));
        let version = version.map_or("?", |(version, _)| version);
        format!("{} {version}{}", self.package, self.note)
    }
}

/// One way to check tokens, in one host.
pub(crate) struct Candidate {
    /// Who checks.
    pub(crate) who: Who,
    /// In which form, where there are several: `extractor`, `layer`.
    pub(crate) form: &'static str,
    /// Where.
    pub(crate) host: Host,
    /// The service itself.
    pub(crate) target: Box<dyn Target>,
}

impl Candidate {
    pub(crate) fn new(who: Who, form: &'static str, host: Host, target: impl Target + 'static) -> Self {
        Self { who, form, host, target: Box::new(target) }
    }

    /// Returns its name in the tables.
    pub(crate) fn title(&self) -> String {
        format!("{} ({})", self.who.name(), self.form)
    }

    /// Checks that it takes a good token, and refuses all others.
    ///
    /// # Errors
    /// Says what it did wrong.
    pub(crate) fn check(&mut self, issuer: &Issuer) -> Result<(), String> {
        if !self.accepts(issuer.token()) {
            return Err("refuses a good token".into());
        }
        let mut accepted = Vec::new();
        for flaw in Flaw::ALL {
            if self.accepts(issuer.flawed(flaw)) {
                accepted.push(flaw.name());
            }
        }
        if self.accepts(String::from("x.y.z")) {
            accepted.push("what is no token");
        }
        if accepted.is_empty() { Ok(()) } else { Err(format!("accepts {}", accepted.join(", "))) }
    }

    fn accepts(&mut self, token: String) -> bool {
        self.target.load(&[token]);
        self.target.run() == 1
    }
}

const LOCK: &str = include_str!("../../Cargo.lock");

#[cfg(test)]
mod tests {
    use measure::Alg;

    use super::*;
    use crate::target::{OnTower, hello, hello_if};

    const WHO: Who = Who { key: "careless", package: "measure", note: ", careless" };

    #[test]
    fn the_version_is_that_of_the_lock_file() {
        assert_eq!(WHO.name(), "measure 0.0.0, careless");
    }

    #[test]
    fn who_does_not_look_is_found_out() {
        let issuer = Issuer::new(Alg::HS256);
        let open = OnTower::<_, axum::body::Body>::new(hello::<axum::body::Body>());
        let fault = Candidate::new(WHO, "layer", Host::Tower, open).check(&issuer).unwrap_err();
        let all = Flaw::ALL.map(Flaw::name).join(", ");
        assert_eq!(fault, format!("accepts {all}, what is no token"));

        let closed = OnTower::<_, axum::body::Body>::new(hello_if::<axum::body::Body, _>(|_| false));
        let fault = Candidate::new(WHO, "layer", Host::Tower, closed).check(&issuer).unwrap_err();
        assert_eq!(fault, "refuses a good token");
    }
}
