//! What logs and metrics are told about fetches, under names that stay.

use crate::fetch::FetchError;

/// Tells of one fetch: what for, of which issuer, and how it ended.
pub(crate) fn fetched(kind: &'static str, issuer: &str, outcome: Result<&'static str, &FetchError>) {
    let code = outcome.unwrap_or_else(|error| error.code);
    match outcome {
        Ok(_) => {
            tracing::debug!(target: "scopa", { "fetch.kind" = kind, "fetch.outcome" = code, issuer }, "fetched");
        }
        Err(error) => {
            let detail = error.to_string();
            tracing::warn!(target: "scopa", { "fetch.kind" = kind, "fetch.outcome" = code, issuer, detail }, "fetch failed");
        }
    }
    #[cfg(feature = "metrics")]
    metrics::counter!("scopa_fetches_total", "kind" => kind, "outcome" => code).increment(1);
}

/// Tells how many keys of an issuer are in use from now on, and how many of its set are not.
pub(crate) fn keys_in_use(issuer: &str, keys: usize, dropped: usize) {
    tracing::info!(target: "scopa", { issuer, keys, dropped }, "keys loaded");
    #[cfg(feature = "metrics")]
    metrics::gauge!("scopa_keys", "issuer" => issuer.to_owned())
        .set(u32::try_from(keys).map_or(f64::MAX, f64::from));
}

/// Tells where the answer about an opaque token came from.
pub(crate) fn introspected(source: &'static str) {
    tracing::trace!(target: "scopa", { "introspection.source" = source }, "introspected");
    #[cfg(feature = "metrics")]
    metrics::counter!("scopa_introspections_total", "source" => source).increment(1);
}
