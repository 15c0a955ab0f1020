use std::sync::Arc;

use scopa::{Access, AnyOf, Authenticated, ConfigError, Policy, Refusal, Validator, scopes};

use crate::mount::Mount;

scopes! {
    /// The scopes of the test service.
    pub fn hierarchy;
    Alpha = "alpha",
    Beta = "beta",
    Api = "api" { ApiV1 = "api:v1" },
    Team(id) = "team_{id}",
}

scopes! {
    /// Scopes on several levels, one of them below two others.
    pub fn levels;
    Admin = "admin" { Write = "write" { Read = "read" }, Symbols = "symbols" },
    Auditor = "audit" { Read },
    Seat(id) = "seat_{id}",
}

/// Offers what every target offers.
///
/// # Errors
/// Names what the validator's hierarchy does not declare.
pub fn routes<M: Mount>(mount: M, auth: &Validator) -> Result<M, ConfigError> {
    mount
        .open("/public")?
        .needs::<Authenticated>("/any", auth)?
        .optional("/optional", auth)?
        .needs::<Authenticated>("/whoami", auth)?
        .needs::<Alpha>("/alpha", auth)?
        .needs::<ApiV1>("/hier", auth)?
        .needs::<Team>("/teams/{id}", auth)
}

/// Offers what every target offers for opaque tokens.
///
/// # Errors
/// Names what the validator's hierarchy does not declare.
pub fn opaque_route<M: Mount>(mount: M, auth: &Validator) -> Result<M, ConfigError> {
    mount.needs::<Authenticated>("/opaque", auth)
}

/// The validators of the case table, each with one setting of its own.
#[derive(Debug, Clone)]
pub struct Doors {
    /// As the targets have it: five algorithms, [`hierarchy`].
    pub plain: Validator,
    /// Every algorithm that the keys can do.
    pub every_algorithm: Validator,
    /// A shared secret.
    pub secret: Validator,
    /// RFC 9068 to the letter.
    pub strict: Validator,
    /// Tokens of at most ten minutes.
    pub fresh: Validator,
    /// A second audience.
    pub two_audiences: Validator,
    /// Any audience.
    pub any_audience: Validator,
    /// Scopes from `scp`.
    pub scp: Validator,
    /// Scopes from `realm_access.roles`.
    pub roles: Validator,
    /// No declared scopes.
    pub undeclared: Validator,
    /// The hierarchy [`levels`].
    pub levels: Validator,
    /// Permissions `OWNER` and `ADMIN` from `permissions`, beside [`hierarchy`].
    pub permissions: Validator,
    /// A realm and a metadata document.
    pub named: Validator,
    /// Other statuses.
    pub other_status: Validator,
    /// Keys that cannot be had.
    pub outage: Validator,
    /// Keys that are asked for with each request.
    pub source: Validator,
    /// Three issuers, each with audience, claims, keys and hierarchy of its own.
    pub several: Validator,
    /// Keys that the issuer publishes.
    pub remote: Validator,
    /// Keys that the issuer would publish if it could be reached.
    pub remote_down: Validator,
    /// Keys, and introspection of everything else.
    pub opaque: Validator,
    /// The same, and the endpoint cannot be reached.
    pub opaque_down: Validator,
    /// A list of revoked tokens.
    pub revocation: Validator,
}

/// Offers what the case table needs besides.
///
/// # Errors
/// Names what a validator's hierarchy does not declare.
pub fn more_routes<M: Mount>(mount: M, doors: &Doors) -> Result<M, ConfigError> {
    let Doors { plain, levels, permissions, several, remote, remote_down, opaque, opaque_down, .. } = doors;
    let foreign = doors.strict.clone();
    mount
        .needs::<Authenticated>("/every-algorithm", &doors.every_algorithm)?
        .needs::<Authenticated>("/secret", &doors.secret)?
        .needs::<Authenticated>("/strict", &doors.strict)?
        .needs::<Authenticated>("/fresh", &doors.fresh)?
        .needs::<Authenticated>("/two-audiences", &doors.two_audiences)?
        .needs::<Authenticated>("/any-audience", &doors.any_audience)?
        .needs::<Alpha>("/scp", &doors.scp)?
        .needs::<Alpha>("/roles", &doors.roles)?
        .guarded("/undeclared", &doors.undeclared, "read")?
        .needs::<Read>("/levels/read", levels)?
        .needs::<Write>("/levels/write", levels)?
        .needs::<(Read, Symbols)>("/levels/both", levels)?
        .needs::<AnyOf<(Admin, Read)>>("/levels/either", levels)?
        .guarded("/levels/mixed", levels, Policy::any_of(["admin", "read"]).and("symbols"))?
        .needs::<Seat>("/seats/{id}", levels)?
        .needs::<(Alpha, Beta)>("/both", plain)?
        .needs::<AnyOf<(Alpha, Beta)>>("/either", plain)?
        .needs::<AnyOf<(Api, ApiV1)>>("/api", plain)?
        .needs::<(Beta, Team)>("/teams/{id}/beta", plain)?
        .guarded("/guarded", plain, "alpha")?
        .guarded("/guarded/both", plain, Policy::all_of(["alpha", "beta"]))?
        .judged("/members/{id}", plain, Arc::new(|caller, id| caller.require(Team(id))))?
        .judged("/records/{id}", plain, Arc::new(owns_record))?
        .judged("/tiers/{id}", plain, Arc::new(|caller, _| caller.claim::<u8>("tier").map(drop)))?
        .judged(
            "/foreign/{id}",
            plain,
            Arc::new(move |caller, _| foreign.authorize(caller, &Policy::authenticated(), &[])),
        )?
        .judged("/database/{id}", permissions, Arc::new(is_owner_by_database))?
        .guarded("/owner", permissions, Policy::permission("OWNER"))?
        .guarded(
            "/publish",
            permissions,
            Policy::from("alpha").and(Policy::any_permission(["OWNER", "ADMIN"])),
        )?
        .guarded("/alpha-or-owner", permissions, Policy::from("alpha").or(Policy::permission("OWNER")))?
        .needs::<Alpha>("/named", &doors.named)?
        .needs::<Alpha>("/other-status", &doors.other_status)?
        .needs::<Authenticated>("/outage", &doors.outage)?
        .optional("/outage/optional", &doors.outage)?
        .guarded("/outage/guarded", &doors.outage, Policy::authenticated())?
        .needs::<Alpha>("/source", &doors.source)?
        .guarded("/source/guarded", &doors.source, "alpha")?
        .needs::<Authenticated>("/several", several)?
        .optional("/several/optional", several)?
        .needs::<Beta>("/several/beta", several)?
        .guarded("/several/guarded", several, "beta")?
        .needs::<Team>("/several/teams/{id}", several)?
        .judged("/several/members/{id}", several, Arc::new(|caller, id| caller.require(Team(id))))?
        .needs::<Alpha>("/remote", remote)?
        .optional("/remote/optional", remote)?
        .guarded("/remote/guarded", remote, "alpha")?
        .needs::<Authenticated>("/remote-down", remote_down)?
        .optional("/remote-down/optional", remote_down)?
        .guarded("/remote-down/guarded", remote_down, Policy::authenticated())?
        .needs::<Alpha>("/opaque", opaque)?
        .optional("/opaque/optional", opaque)?
        .guarded("/opaque/guarded", opaque, "alpha")?
        .needs::<Authenticated>("/opaque-down", opaque_down)?
        .needs::<Alpha>("/revocation", &doors.revocation)?
        .guarded("/revocation/guarded", &doors.revocation, "alpha")?
        .optional("/opaque-down/optional", opaque_down)?
        .guarded("/opaque-down/guarded", opaque_down, Policy::authenticated())?
        .needs::<Team>("/misconfigured", plain)?
        .tree("/tree/open", "/tree/closed", plain)
}

/// A rule that no scope can say: records belong to whom they are named after.
fn owns_record(caller: &Access, id: &str) -> Result<(), Refusal> {
    if caller.subject() == Some(id) { Ok(()) } else { Err(Refusal::forbidden()) }
}

/// Permissions that are kept outside of the token.
fn is_owner_by_database(caller: &Access, id: &str) -> Result<(), Refusal> {
    let found = (caller.subject() == Some(id)).then_some("OWNER");
    caller.with_permissions(found).require(Policy::permission("OWNER"))
}
