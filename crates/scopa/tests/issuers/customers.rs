//! A service with customers who bring an identity provider each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use scopa::{Validator, ValidatorBuilder};
use scopa_testing::{TestIssuer, TestProvider, TokenBuilder};

use crate::{PARTNERS, STAFF, Two, present};

/// A service with two issuers of its own, and customers with an identity provider each.
pub(crate) struct Customers {
    pub(crate) two: Two,
    providers: Arc<BTreeMap<String, TestProvider>>,
    asked: Arc<Mutex<Vec<String>>>,
    left: Arc<Mutex<Vec<String>>>,
}

impl Customers {
    pub(crate) fn new(count: usize) -> Self {
        let two = Two::new();
        let provider = |number| {
            let issuer = TestIssuer::new().with_issuer(name(number)).with_clock(two.staff.clock());
            (name(number), TestProvider::of(issuer))
        };
        let providers = Arc::new((0..count).map(provider).collect());
        Self { two, providers, asked: Arc::default(), left: Arc::default() }
    }

    /// Makes a validator that knows so many of the customers at a time.
    pub(crate) fn validator(&self, most: usize) -> Validator {
        self.validator_with(most, |_, builder| builder)
    }

    /// The same, with more to be said of each customer.
    pub(crate) fn validator_with(
        &self,
        most: usize,
        more: fn(&str, ValidatorBuilder) -> ValidatorBuilder,
    ) -> Validator {
        let (providers, asked, left) = (self.providers.clone(), self.asked.clone(), self.left.clone());
        let resolve = move |issuer: &str| {
            asked.lock().unwrap().push(issuer.to_owned());
            if left.lock().unwrap().iter().any(|name| name == issuer) {
                return None;
            }
            let provider = providers.get(issuer)?;
            let builder = Validator::builder(issuer, "https://api.example.com");
            Some(more(issuer, builder.discover(provider.clone())))
        };
        let of_partners = self.two.of_partners();
        self.two.of_staff().or_issuer(of_partners).tenants(most, resolve).build().unwrap()
    }

    /// Takes a customer off the list.
    pub(crate) fn leaves(&self, number: usize) {
        self.left.lock().unwrap().push(name(number));
    }

    pub(crate) fn provider(&self, number: usize) -> &TestProvider {
        &self.providers[&name(number)]
    }

    pub(crate) fn token(&self, number: usize) -> TokenBuilder {
        self.provider(number).issuer().token()
    }

    pub(crate) fn status(&self, validator: &Validator, number: usize) -> u16 {
        present(validator, &self.token(number)).map_or_else(|refusal| refusal.status().as_u16(), |_| 200)
    }

    /// How often the keys of each customer were asked for.
    pub(crate) fn fetches(&self) -> Vec<usize> {
        self.providers.values().map(|provider| provider.fetches("/jwks.json")).collect()
    }

    pub(crate) fn requests(&self) -> usize {
        self.providers.values().map(|provider| provider.requests().len()).sum()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.two.staff.clock().advance(Duration::from_secs(seconds));
    }
}

pub(crate) fn name(number: usize) -> String {
    format!("https://t{number}.id.example.com")
}

/// Returns the tenants that a validator knows at present.
pub(crate) fn known(validator: &Validator) -> Vec<String> {
    let mut known: Vec<String> = validator.readiness().issuers().map(str::to_owned).collect();
    known.retain(|issuer| issuer != STAFF && issuer != PARTNERS);
    known.sort();
    known
}
