use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use actix_web::web::{Data, JsonConfig, QueryConfig, ServiceConfig};
use scopa_actix::issuer::{
    Approval, Client, ClientDraft, ClientError, DigestKey, Endpoints, Issuer, SigningKey, SigningKeys, Store,
    TokenShape,
};
use scopa_actix::{Access, Algorithm, Clock, ConfigError, Refusal, ValidatorBuilder, issuer_routes};
use serde_json::json;

use crate::fault::Fault;
use crate::gateway::{self, Board};
use crate::keys::QueryKeys;
use crate::people::{self, ADAM, OLIVIA, Person, TEAM};
use crate::permissions::{CLAIM, Holder, Registered, Remembered};
use crate::records::Records;
use crate::routes::{document, mount};
use crate::{accounts, hierarchy, scopes};

/// Where an API finds what its caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PermissionsIn {
    /// In the client's registration and the table of people, read at each request: a change counts at once. As the pages have it.
    #[default]
    Registry,
    /// In a claim of the token, which can be had because the issuer is ours: nothing is read, and a change counts when the token was
    /// replaced, within the hour.
    Token,
}

/// The two ports, and what they share.
#[derive(Debug, Clone)]
pub struct Service {
    pub(crate) issuer: Issuer,
    pub(crate) people: Arc<Records<Person>>,
    pub(crate) permissions: Arc<Remembered>,
    pub(crate) permissions_in: PermissionsIn,
    keys: Arc<QueryKeys>,
    board: Board,
}

impl Service {
    /// Makes the service. `origin` is where clients reach the accounts, through a proxy if one is named; `folder` where the keys are.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub fn new(
        origin: &str,
        proxy: Option<IpAddr>,
        folder: &Path,
        store: impl Store,
        clock: Arc<dyn Clock>,
        permissions_in: PermissionsIn,
    ) -> Result<Self, ConfigError> {
        // A client's token names no subject: it speaks for itself.
        let shape = TokenShape::rfc9068().typ("JWT").scope_array().audience_array().not_before();
        let shape = shape.without("sub").without("iat").without("jti");
        let signing_key = SigningKey::in_file(Algorithm::RS256, folder.join("signing.pem"))?;
        let endpoints = Endpoints::default().token("/connect/token");
        let endpoints = endpoints.jwks("/.well-known/openid-configuration/jwks");
        let issuer = Issuer::builder(origin, store, DigestKey::in_file(folder.join("digest.key"))?)
            .signing_keys(SigningKeys::new(signing_key))
            .hierarchy(hierarchy()?)
            .endpoints(endpoints.without_introspection().without_revocation())
            .audience(format!("{origin}/resources"))
            .audience(GATEWAY_API)
            .audience(ACCOUNTS_API)
            .token_shape(shape)
            .behind_proxy(proxy)
            .clock(clock.clone())
            .build()?;
        let people = people::for_trying_out();
        let people = Arc::new(people.map_err(|fault| ConfigError::new("people", fault.to_string()))?);
        let registered = Registered { issuer: issuer.clone(), people: people.clone() };
        let keys = Arc::new(QueryKeys::new(issuer.clone(), clock.clone())?);
        Ok(Self {
            issuer,
            people,
            permissions: Arc::new(Remembered::new(Arc::new(registered), clock)),
            permissions_in,
            keys,
            board: Board::default(),
        })
    }

    /// Returns what the port of the accounts is configured with: the issuer, clients, people.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub fn accounts(&self) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + 'static, ConfigError> {
        let auth = self.validator(ACCOUNTS_API).build()?;
        let text = document(accounts::routes(), "Accounts", &self.token_url(), &auth)?;
        let (service, issuer_routes) = (self.clone(), issuer_routes(self.issuer.clone()));
        Ok(move |config: &mut ServiceConfig| {
            mount(accounts::routes(), config, &auth, text.clone());
            config.app_data(Data::new(service.clone())).configure(in_json).configure(&issuer_routes);
        })
    }

    /// Returns what the port of the gateway is configured with: the APIs.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub fn gateway(&self) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + 'static, ConfigError> {
        self.gateway_for(self.validator(GATEWAY_API))
    }

    /// The same for tokens of another issuer.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub fn gateway_for(
        &self,
        tokens: ValidatorBuilder,
    ) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + 'static, ConfigError> {
        let auth = tokens.hierarchy(self.issuer.hierarchy().clone()).build()?;
        let text = document(gateway::routes(), "Gateway", &self.token_url(), &auth)?;
        let (board, keys) = (self.board.clone(), self.keys.clone());
        Ok(move |config: &mut ServiceConfig| {
            mount(gateway::routes(), config, &auth, text.clone());
            config
                .app_data(Data::from(keys.clone()))
                .configure(|config| board.share(config))
                .configure(in_json);
        })
    }

    /// Makes tokens for two people of the team `myteam`, as the page for that on a website would: an owner and an admin.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn tokens_for_trying_out(&self) -> Result<[String; 2], ClientError> {
        let clients = self.issuer.clients();
        let scopes = || scopes::TeamAdmin::SCOPE.parse().map_err(ClientError::Invalid);
        clients.declare(WEBSITE, ClientDraft::host("Website").scopes(scopes()?)).await?;
        let token = async |person: &str| {
            let approval = Approval::new(person).scopes(scopes()?).claim(TEAM_CLAIM, TEAM);
            let held = self.people.get(TEAM, person).map(|person| person.permissions);
            let in_token = self.permissions_in == PermissionsIn::Token;
            let approval = if in_token { approval.claim(CLAIM, json!(held)) } else { approval };
            Ok::<_, ClientError>(self.issuer.issue(WEBSITE, approval).await?.as_str().to_owned())
        };
        Ok([token(OLIVIA).await?, token(ADAM).await?])
    }

    /// Returns who gives out the tokens.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Finds a client of a team.
    pub(crate) async fn client_of(&self, team: &str, id: &str) -> Result<Arc<Client>, Fault> {
        let client = self.issuer.clients().get(id).await?.ok_or(Fault::NotFound)?;
        let of = client.claim(TEAM_CLAIM).and_then(|of| of.as_str());
        if of == Some(team) { Ok(client) } else { Err(Fault::NotFound) }
    }

    /// Starts what a port takes: our tokens, unless their client is gone, and with the caller's permissions.
    fn validator(&self, audience: &str) -> ValidatorBuilder {
        let tokens = self.issuer.validator(audience).revocation(self.issuer.revocation());
        match self.permissions_in {
            PermissionsIn::Token => tokens.permission_claim(CLAIM),
            PermissionsIn::Registry => {
                let permissions = self.permissions.clone();
                tokens.permission_source(move |caller| {
                    let (holder, permissions) = (Holder::of(caller), permissions.clone());
                    async move {
                        let Some(holder) = holder else { return Ok(Vec::new()) };
                        permissions.of(holder).await
                    }
                })
            }
        }
    }

    fn token_url(&self) -> String {
        format!("{}/connect/token", self.issuer.identifier())
    }
}

/// Returns the team whose objects a caller sees.
pub(crate) fn team_of(caller: &Access) -> Result<String, Refusal> {
    caller.claim(TEAM_CLAIM)?.ok_or_else(|| caller.forbidden())
}

/// Answers bodies and queries that cannot be read in JSON, too.
fn in_json(config: &mut ServiceConfig) {
    let json = JsonConfig::default().limit(LONGEST_BODY);
    config.app_data(json.error_handler(|error, _| Fault::from(error).into()));
    // Without the words of the error: the address may hold a key.
    let query = QueryConfig::default();
    config.app_data(query.error_handler(|_, _| Fault::Invalid("give `query` once".into()).into()));
}

/// The claim that names the team: in tokens, and in the registration of clients.
pub(crate) const TEAM_CLAIM: &str = "intoware.workfloplus.team";
/// What the APIs call themselves in tokens (`aud`). `…/resources`, which all share, is nobody's own name.
const GATEWAY_API: &str = "5b55d47619a27662276d4e99";
const ACCOUNTS_API: &str = "5b2d2774bf0914cc7c959bec";
const WEBSITE: &str = "website";
const LONGEST_BODY: usize = 16 * 1024;
