use std::borrow::Cow;

use crate::scope::Policy;

/// So many values are looked up without an allocation. A policy with more of them is rare.
const FEW: usize = 4;

/// Looks up what a request has for each placeholder of a policy, for one decision.
pub(super) fn with_values<'v, T>(
    policy: &Policy,
    mut value: impl FnMut(&str) -> Option<Cow<'v, str>>,
    decide: impl FnOnce(&[(&str, &str)]) -> T,
) -> T {
    let names = policy.placeholders();
    if names.len() == 0 {
        return decide(&[]);
    }
    if names.len() > FEW {
        let texts: Vec<_> = names.clone().map(value).collect();
        return decide(&found(names, &texts).collect::<Vec<_>>());
    }
    let mut texts = [const { None }; FEW];
    texts.iter_mut().zip(names.clone()).for_each(|(text, name)| *text = value(name));
    let mut pairs = [("", ""); FEW];
    let count = pairs.iter_mut().zip(found(names, &texts)).map(|(place, pair)| *place = pair).count();
    decide(pairs.get(..count).unwrap_or_default())
}

fn found<'f>(
    names: impl Iterator<Item = &'f str>,
    texts: &'f [Option<Cow<'_, str>>],
) -> impl Iterator<Item = (&'f str, &'f str)> {
    names.zip(texts).filter_map(|(name, text)| Some((name, text.as_deref()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_that_the_request_has_is_found_however_many_there_are() {
        for count in 0..=9 {
            let policy = Policy::all_of((0..count).map(|n| format!("s{n}_{{p{n}}}")));
            for missing in 0..=count {
                let without = format!("p{missing}");
                let value = |name: &str| (name != without).then(|| format!("v{name}").into());
                let pairs = with_values(&policy, value, |values| {
                    values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
                });
                let expected: Vec<_> =
                    (0..count).filter(|n| *n != missing).map(|n| format!("p{n}=vp{n}")).collect();
                assert_eq!(pairs, expected);
            }
        }
    }
}
