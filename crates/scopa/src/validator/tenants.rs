use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::ConfigError;
use crate::invalid::quoted;
use crate::scope::Hierarchy;

use super::ValidatorBuilder;
use super::issuer::{Common, Failure, Issuer};

/// Tells what is accepted of an issuer that was not known when the service started.
pub(super) type Resolver = dyn Fn(&str) -> Option<ValidatorBuilder> + Send + Sync;

/// Issuers that become known while the service runs: those in use, up to a bound.
pub(super) struct Tenants {
    resolver: Arc<Resolver>,
    most: usize,
    hierarchy: Hierarchy,
    common: Common,
    /// Read without a lock, copied when a tenant comes.
    present: ArcSwap<HashMap<String, Arc<Tenant>>>,
    coming: Mutex<()>,
}

struct Tenant {
    issuer: Arc<Issuer>,
    /// When a token of it was proven, or else when it came: seconds of the clock that never goes back.
    last_used: AtomicU64,
    /// When the resolver last had it on its list.
    last_listed: AtomicU64,
}

impl Tenants {
    pub(super) fn new(resolver: Arc<Resolver>, most: usize, hierarchy: Hierarchy, common: Common) -> Self {
        let (present, coming) = (ArcSwap::default(), Mutex::default());
        Self { resolver, most, hierarchy, common, present, coming }
    }

    /// Finds the issuer of this very name; `None` when there is no such tenant.
    pub(super) fn find(&self, name: &str) -> Result<Option<Arc<Issuer>>, Failure> {
        if let Some(issuer) = self.find_present(name) {
            return Ok(Some(issuer));
        }
        let Some(builder) = (self.resolver)(name) else { return Ok(None) };
        let _one_at_a_time = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(issuer) = self.find_present(name) {
            return Ok(Some(issuer));
        }
        let issuer = self
            .made(builder, name)
            .map_err(|error| Failure::Misconfigured(error.for_issuer(&quoted(name)).to_string()))?;
        let mut present = HashMap::clone(&self.present.load());
        if present.len() >= self.most {
            self.make_room(&mut present)?;
        }
        let now = self.now();
        let tenant = Tenant {
            issuer: issuer.clone(),
            last_used: AtomicU64::new(now),
            last_listed: AtomicU64::new(now),
        };
        present.insert(name.to_owned(), Arc::new(tenant));
        self.present.store(Arc::new(present));
        Ok(Some(issuer))
    }

    /// Notes that a token of a tenant was proven. What strangers make up holds nobody's place.
    pub(super) fn note_use(&self, name: &str) {
        if let Some(tenant) = self.present.load().get(name) {
            tenant.last_used.store(self.now(), Ordering::Relaxed);
        }
    }

    pub(super) fn present(&self) -> Vec<Arc<Issuer>> {
        self.present.load().values().map(|tenant| tenant.issuer.clone()).collect()
    }

    pub(super) fn find_present(&self, name: &str) -> Option<Arc<Issuer>> {
        let present = self.present.load();
        let tenant = present.get(name)?;
        let now = self.now();
        let last_listed = tenant.last_listed.load(Ordering::Relaxed);
        let is_due = now.saturating_sub(last_listed) >= RELISTED.as_secs();
        // One of those who find it due asks.
        let has_turn = is_due
            && tenant
                .last_listed
                .compare_exchange(last_listed, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if has_turn && (self.resolver)(name).is_none() {
            self.present.rcu(|present| {
                let mut others = HashMap::clone(present);
                others.remove(name);
                others
            });
            return None;
        }
        Some(tenant.issuer.clone())
    }

    fn made(&self, builder: ValidatorBuilder, name: &str) -> Result<Arc<Issuer>, ConfigError> {
        let issuer = builder.into_issuer(&self.common, Some(&self.hierarchy))?;
        // Policies were prepared at the start, and not for this one.
        if !issuer.rules.hierarchy.is(&self.hierarchy) {
            let text = "a tenant has the hierarchy of the first issuer; give it none of its own";
            return Err(ConfigError::new("tenants", text));
        }
        if issuer.introspector.is_some() {
            let text = "a tenant's tokens must be signed: an opaque token does not say whose it is";
            return Err(ConfigError::new("tenants", text));
        }
        if issuer.rules.issuer != name {
            let found = quoted(&issuer.rules.issuer);
            let text = format!("gave the issuer `{found}` for another one; give the one that is asked for");
            return Err(ConfigError::new("tenants", text));
        }
        Ok(Arc::new(issuer))
    }

    /// Drops the tenant that was not heard of for longest. One that was used just now stays: else callers who go
    /// through more tenants than there is room for would have keys fetched with each request.
    fn make_room(&self, present: &mut HashMap<String, Arc<Tenant>>) -> Result<(), Failure> {
        let oldest = present.iter().min_by_key(|(_, tenant)| tenant.last_used.load(Ordering::Relaxed));
        let idle = oldest.filter(|(_, tenant)| {
            self.now().saturating_sub(tenant.last_used.load(Ordering::Relaxed)) >= IDLE.as_secs()
        });
        let Some(name) = idle.map(|(name, _)| name.clone()) else {
            let text =
                format!("more than {} tenants within a minute; raise the bound of `tenants`", self.most);
            return Err(Failure::Unavailable(text.into()));
        };
        present.remove(&name);
        Ok(())
    }

    fn now(&self) -> u64 {
        self.common.clock.elapsed().as_secs()
    }
}

const IDLE: Duration = Duration::from_secs(60);

/// After this time the resolver is asked again whether a tenant is still one.
const RELISTED: Duration = Duration::from_secs(60);
