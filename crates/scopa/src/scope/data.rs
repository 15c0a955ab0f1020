use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::ConfigError;

use super::build::HierarchyBuilder;
use super::hierarchy::Hierarchy;

/// A hierarchy as it stands in a configuration file.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[derive(Default)]
pub(super) struct HierarchyData {
    scopes: Pairs<Vec<String>>,
    templates: Pairs<TemplateData>,
    aliases: Pairs<String>,
    bundles: Pairs<Vec<String>>,
    prefixes: Pairs<char>,
    wildcards: Vec<String>,
    permissions: Vec<String>,
}

/// A template: the class of its values alone, or with what it includes.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum TemplateData {
    Values(String),
    Full(FullTemplate),
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FullTemplate {
    #[serde(default)]
    values: String,
    #[serde(default)]
    includes: Vec<String>,
}

impl TryFrom<HierarchyData> for Hierarchy {
    type Error = ConfigError;

    fn try_from(data: HierarchyData) -> Result<Self, ConfigError> {
        let mut builder = HierarchyBuilder::default();
        for (name, included) in data.scopes.0 {
            builder = builder.scopes([name.clone()]).includes(name, included);
        }
        for (name, template) in data.templates.0 {
            let (values, included) = match template {
                TemplateData::Values(values) => (values, Vec::new()),
                TemplateData::Full(full) => (full.values, full.includes),
            };
            builder = builder.template(name.clone(), values).includes(name, included);
        }
        builder.aliases = data.aliases.0;
        builder.bundles = data.bundles.0;
        builder.prefixes = data.prefixes.0;
        builder.wildcards(data.wildcards).permissions(data.permissions).build()
    }
}

impl HierarchyBuilder {
    fn wildcards(mut self, patterns: Vec<String>) -> Self {
        self.wildcards = patterns;
        self
    }
}

/// A table in its order, without repetitions: a name given twice is an error, where most readers keep the last.
#[derive(Debug)]
struct Pairs<V>(Vec<(String, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Table<V> {
            type Value = Pairs<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<V>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, V>()? {
                    if pairs.iter().any(|(known, _)| *known == name) {
                        return Err(Error::custom(format!("`{}` is declared twice", name.escape_debug())));
                    }
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Table(PhantomData))
    }
}
