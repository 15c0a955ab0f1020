//! What a setting may be, and what settings may be together.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::ConfigError;
use crate::discover::check_issuer;
use crate::fetch::address;
use crate::introspect::Introspection;
use crate::key::{Algorithm, Algorithms, Terms};
use crate::kind::RefusalKind;

use super::issuer::Issuer;
use super::sources::KeysFrom;

/// Checks what no issuer can be wrong about by itself.
pub(super) fn check_together(issuers: &[Arc<Issuer>]) -> Result<(), ConfigError> {
    for (at, issuer) in issuers.iter().enumerate() {
        let name = &issuer.rules.issuer;
        if issuers.iter().take(at).any(|earlier| earlier.rules.issuer == *name) {
            let text =
                format!("`{name}` is there twice; give one its several audiences with `.audience(..)`");
            return Err(ConfigError::new("or_issuer", text));
        }
    }
    if issuers.iter().filter(|issuer| issuer.introspector.is_some()).count() > 1 {
        return Err(ConfigError::new(
            "introspect",
            "only one issuer can be asked: an opaque token does not say whose it is, and must not be shown to the others; build two validators",
        ));
    }
    Ok(())
}

pub(super) fn check_introspection(
    settings: &Introspection,
    issuer: &str,
    has_keys: bool,
) -> Result<(), ConfigError> {
    match &settings.endpoint {
        Some(endpoint) => check_address("introspect", endpoint)?,
        None => check_issuer(issuer).map_err(|why| {
            let text = format!("the issuer `{issuer}` {why}; set the address with `Introspection::endpoint`");
            ConfigError::new("introspect", text)
        })?,
    }
    if settings.client_id.is_empty() || settings.client_secret.is_empty() {
        return Err(ConfigError::new(
            "introspect",
            "the client or its secret is empty; the endpoint serves nobody else",
        ));
    }
    if settings.is_signed && !has_keys {
        return Err(ConfigError::new("introspect", "signed answers need keys; add `.discover(..)`"));
    }
    if !settings.scope_claim.is_well_formed() {
        return Err(ConfigError::new("introspect", "a step of the scope claim is empty"));
    }
    if settings.cache_for > MOST_CACHED {
        return Err(ConfigError::new(
            "introspect",
            "`cache_for` is more than an hour, and so long would a revoked token be good",
        ));
    }
    Ok(())
}

pub(super) fn check_address(setting: &'static str, url: &str) -> Result<(), ConfigError> {
    match address(url) {
        Ok(_) => Ok(()),
        Err(why) => Err(ConfigError::new(setting, format!("`{}` {why}", url.escape_debug()))),
    }
}

pub(super) fn checked_terms(terms: Terms) -> Result<Terms, ConfigError> {
    for (setting, time, least, most) in [
        ("key_freshness", terms.fresh, 1, 24 * 3600),
        ("key_stale_if_error", terms.stale_if_error, 0, 24 * 3600),
        ("key_cooldown", terms.cooldown, 1, 3600),
    ] {
        if !(Duration::from_secs(least)..=Duration::from_secs(most)).contains(&time) {
            let text = format!("is {} s; use {least} to {most} s", time.as_secs_f64());
            return Err(ConfigError::new(setting, text));
        }
    }
    Ok(terms)
}

pub(super) fn checked_leeway(leeway: Duration) -> Result<u64, ConfigError> {
    if leeway > MOST_LEEWAY {
        return Err(ConfigError::new(
            "leeway",
            format!("{} s is too long; use at most {} s", leeway.as_secs(), MOST_LEEWAY.as_secs()),
        ));
    }
    Ok(leeway.as_secs())
}

pub(super) fn chosen_algorithms(
    chosen: Option<Vec<Algorithm>>,
    keys: Option<&KeysFrom>,
) -> Result<Algorithms, ConfigError> {
    let possible = match keys {
        Some(KeysFrom::Set(keys)) => Some(keys.algorithms()),
        // No published set holds a secret.
        Some(KeysFrom::Discovery(_) | KeysFrom::Uri(..)) => Some(Algorithms::asymmetric()),
        Some(KeysFrom::Source(_)) | None => None,
    };
    let Some(chosen) = chosen else {
        return Ok(match possible {
            Some(possible) if possible.iter().any(Algorithm::is_hmac) => possible,
            _ => Algorithms::asymmetric(),
        });
    };
    let mut set = Algorithms::default();
    for algorithm in &chosen {
        set.insert(*algorithm);
    }
    // RFC 8725 §3.1 and the confusion of a public key with a secret: the two kinds never share a list.
    if set.iter().any(Algorithm::is_hmac) && !set.iter().all(Algorithm::is_hmac) {
        return Err(ConfigError::new(
            "algorithms",
            format!("{set}: secrets (HS*) and public keys cannot be mixed; build two validators"),
        ));
    }
    match possible {
        _ if chosen.is_empty() => Err(ConfigError::new(
            "algorithms",
            "the list is empty; name the algorithm of your issuer, such as `ES256`",
        )),
        Some(possible) if !set.iter().any(|algorithm| possible.contains(algorithm)) => {
            Err(ConfigError::new("algorithms", format!("no key can do {set}; the keys are for {possible}")))
        }
        _ => Ok(set),
    }
}

pub(super) fn checked_statuses(
    statuses: &[(RefusalKind, u16)],
) -> Result<Vec<(RefusalKind, StatusCode)>, ConfigError> {
    let check = |(kind, status): &(RefusalKind, u16)| match StatusCode::from_u16(*status) {
        _ if *kind == RefusalKind::Misconfigured => Err(ConfigError::new(
            "status",
            "a service that is set up wrongly always answers 500; mend what the log says",
        )),
        // RFC 9110 §15.5.2: a 401 carries a challenge.
        Ok(StatusCode::UNAUTHORIZED) if !kind.has_challenge() => Err(ConfigError::new(
            "status",
            format!("{kind:?} has no challenge, which 401 must have; use 403 or another"),
        )),
        Ok(code) if code.is_client_error() || code.is_server_error() => Ok((*kind, code)),
        _ => Err(ConfigError::new("status", format!("{status} for {kind:?} is no refusal; use 400 to 599"))),
    };
    // The last word on a class counts.
    statuses.iter().rev().map(check).collect()
}

pub(super) fn printable(setting: &'static str, value: Option<&str>) -> Result<(), ConfigError> {
    match value {
        Some(value) if value.is_empty() || !value.chars().all(|c| matches!(c, ' '..='~')) => {
            let value = value.escape_debug();
            Err(ConfigError::new(setting, format!("`{value}` cannot stand in a header; use visible ASCII")))
        }
        _ => Ok(()),
    }
}

const MOST_LEEWAY: Duration = Duration::from_secs(300);
const MOST_CACHED: Duration = Duration::from_secs(3600);
