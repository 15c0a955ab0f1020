//! Templates whose value no request names: the token says which it is held for.

use crate::ConfigError;

use super::hierarchy::{Grants, Hierarchy};
use super::resolve::unknown;
use super::template::Template;

/// A template that is asked for whatever its value.
#[derive(Debug)]
pub(super) struct AnyValue {
    node: usize,
    template: Template,
}

impl AnyValue {
    pub(super) fn new(name: &str, hierarchy: &Hierarchy) -> Result<Self, ConfigError> {
        let found = hierarchy.template(name);
        let (node, template) =
            found.ok_or_else(|| unknown("template", name, "declare it in the hierarchy with `template`"))?;
        Ok(Self { node, template: template.clone() })
    }

    /// Tells whether it is held for some value, or for all.
    pub(super) fn met(&self, grants: &Grants) -> bool {
        grants.holds(self.node) || grants.values(self.node, &self.template).next().is_some()
    }
}

impl Hierarchy {
    /// Returns the values for which a declared template is held; not those for which it is held as every value is.
    pub(crate) fn values<'g>(&'g self, grants: &'g Grants, name: &str) -> impl Iterator<Item = &'g str> {
        self.template(name).into_iter().flat_map(|(node, template)| grants.values(node, template))
    }

    fn template(&self, name: &str) -> Option<(usize, &Template)> {
        let node = *self.graph.names.get(name)?;
        Some((node, self.graph.nodes.get(node)?.template.as_ref()?))
    }
}

impl Grants {
    /// A scope that includes a template may carry a value that is none of that template's.
    fn values<'g>(&'g self, node: usize, template: &'g Template) -> impl Iterator<Item = &'g str> {
        let held = self.bound.iter().filter(move |(_, nodes)| nodes.contains(node));
        held.map(|(value, _)| &**value).filter(|value| template.accepts(value))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Hierarchy, Policy};

    fn hierarchy() -> Hierarchy {
        Hierarchy::builder()
            .scopes(["read", "admin"])
            .template("team_{id}", "[0-9]+")
            .template("org_{id}", "[0-9a-z]+")
            .includes("admin", ["team_{id}", "read"])
            .includes("org_{id}", ["team_{id}"])
            .bundle("staff", ["admin"])
            .build()
            .unwrap()
    }

    #[test]
    fn the_values_are_those_of_the_scope_and_of_what_includes_it() {
        let hierarchy = hierarchy();
        for (held, values) in [
            ("team_7 team_8 read", &["7", "8"][..]),
            ("team_7 org_7 org_9", &["7", "9"]),
            // No team has such an id, and it is no scope of one.
            ("org_x team_x team_ team_* team_{id}", &[]),
            // For all of them: which, nobody can say.
            ("admin", &[]),
            ("staff", &[]),
            ("read", &[]),
            ("", &[]),
        ] {
            let grants = hierarchy.close(&held.parse().unwrap(), std::iter::empty());
            let found: Vec<&str> = hierarchy.values(&grants, "team_{id}").collect();
            assert_eq!(found, values, "{held}");
            assert_eq!(hierarchy.values(&grants, "other_{id}").count(), 0);
            assert_eq!(hierarchy.values(&grants, "read").count(), 0);
        }
    }

    #[test]
    fn it_is_met_by_any_value_and_the_challenge_names_what_would_do() {
        let hierarchy = hierarchy();
        let policy = Policy::from("read").and(Policy::any_value("team_{id}"));
        for (held, sufficient) in [
            ("team_7 read", Ok(())),
            ("org_7 read", Ok(())),
            ("admin", Ok(())),
            ("staff", Ok(())),
            ("team_7", Err("read team_7")),
            ("org_9", Err("read org_9")),
            // The narrower of the two.
            ("org_9 team_7", Err("read team_7")),
            ("read", Err("")),
            ("org_x read", Err("")),
            ("", Err("")),
        ] {
            let why = hierarchy.explain(&held.parse().unwrap(), &policy).unwrap();
            let told = why.sufficient().map(ToString::to_string).unwrap_or_default();
            assert_eq!(if why.is_granted() { Ok(()) } else { Err(&*told) }, sufficient, "{held}\n{why}");
            if !told.is_empty() {
                let again = hierarchy.explain(&told.parse().unwrap(), &policy).unwrap();
                assert!(again.is_granted(), "{again}");
            }
        }
    }

    #[test]
    fn an_alternative_that_needs_no_value_is_named() {
        let hierarchy = hierarchy();
        let policy = Policy::any_value("team_{id}").or("read");
        let why = hierarchy.explain(&"".parse().unwrap(), &policy).unwrap();
        assert_eq!(why.sufficient().unwrap().as_str(), "read");
    }

    #[test]
    fn it_says_which_way_it_is_held() {
        let hierarchy = hierarchy();
        let lines = |held: &str| {
            let why = hierarchy.explain(&held.parse().unwrap(), &Policy::any_value("team_{id}")).unwrap();
            why.to_string().lines().nth(2).unwrap().to_owned()
        };
        assert_eq!(lines("org_9"), "+ team_{id} for any value: org_9 > team_{id}");
        assert_eq!(lines("admin"), "+ team_{id} for any value: admin > team_{id}");
        assert_eq!(lines("org_x"), "- team_{id} for any value: nothing held includes it");
    }

    #[test]
    fn only_a_declared_template_can_be_asked_for() {
        for name in ["team_{other}", "read", "team_7", "staff"] {
            let error = hierarchy().explain(&"".parse().unwrap(), &Policy::any_value(name)).unwrap_err();
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }
}
