use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::FromRef;
use axum::http::StatusCode;
use axum::routing::get;
use axum_jwt_auth::{Claims, Decoder, LocalDecoder, RemoteJwksDecoder};
use dashmap::DashMap;
use jsonwebtoken_10::crypto::{CryptoProvider, aws_lc, rust_crypto};
use jsonwebtoken_10::jwk::Jwk;
use jsonwebtoken_10::{Algorithm, DecodingKey, Validation};
use measure::{AUDIENCE, Alg, ISSUER, Issuer};

use super::{Entries, ServiceClaims};
use crate::bare::on_axum;
use crate::candidate::{Candidate, Host, Who};
use crate::target::{OnTower, PATH, Target};

pub(crate) const WHO: Who =
    Who { key: "axum_jwt_auth", package: "axum-jwt-auth", note: ", one key, aws-lc-rs" };

const DEFAULT: Who =
    Who { key: "axum_jwt_auth_default", package: "axum-jwt-auth", note: ", one key, as it comes" };

const JWKS: Who = Who { key: "axum_jwt_auth_jwks", package: "axum-jwt-auth", note: ", JWK Set, aws-lc-rs" };

#[derive(Clone, FromRef)]
struct Service {
    decoder: Decoder<ServiceClaims>,
}

/// An extractor for axum; the handler looks at the scope. It tries one local key whatever the token names, or finds the
/// key in a JWK Set. Its default back end is RustCrypto, and a service may install aws-lc-rs.
pub(crate) fn candidates(issuer: &Issuer) -> Entries {
    let candidate = |who, decoder, aws_lc_rs| {
        let router = Router::new().route(PATH, get(handler)).with_state(Service { decoder });
        Candidate::new(who, "extractor", Host::Axum, By { aws_lc_rs, target: on_axum(router) })
    };
    Ok(vec![
        candidate(WHO, one_key(issuer)?, true),
        candidate(DEFAULT, one_key(issuer)?, false),
        candidate(JWKS, jwks(issuer)?, true),
    ])
}

fn one_key(issuer: &Issuer) -> Result<Decoder<ServiceClaims>, Box<dyn Error>> {
    Ok(Arc::new(LocalDecoder::new(vec![key(issuer)?], validation(issuer.alg()))?))
}

/// The keys are put where it keeps those that it has fetched.
fn jwks(issuer: &Issuer) -> Result<Decoder<ServiceClaims>, Box<dyn Error>> {
    let keys = Arc::new(DashMap::from_iter([(issuer.alg().kid().to_owned(), key(issuer)?)]));
    let decoder = RemoteJwksDecoder::builder()
        .jwks_url(format!("{ISSUER}/jwks"))
        .keys_cache(keys)
        .validation(validation(issuer.alg()));
    Ok(Arc::new(decoder.build()?))
}

fn key(issuer: &Issuer) -> Result<DecodingKey, Box<dyn Error>> {
    let jwk: Jwk = serde_json::from_value(issuer.jwk())?;
    Ok(DecodingKey::from_jwk(&jwk)?)
}

fn validation(alg: Alg) -> Validation {
    let algorithm = match alg {
        Alg::RS256 => Algorithm::RS256,
        Alg::ES256 => Algorithm::ES256,
        Alg::EdDSA => Algorithm::EdDSA,
        Alg::HS256 => Algorithm::HS256,
    };
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation
}

async fn handler(claims: Claims<ServiceClaims>) -> StatusCode {
    if claims.claims.may_read() { StatusCode::OK } else { StatusCode::FORBIDDEN }
}

/// Makes jsonwebtoken 10 take the one or the other back end, as [`By`] says. A process has one choice, so this is it.
pub(crate) fn install_back_ends() {
    static BOTH: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| (provider().signer_factory)(algorithm, key),
        verifier_factory: |algorithm, key| (provider().verifier_factory)(algorithm, key),
        jwk_utils: jsonwebtoken_10::crypto::JwkUtils::new_unimplemented(),
    };
    BOTH.install_default().expect("nobody else installs one");
}

fn provider() -> &'static CryptoProvider {
    if AWS_LC_RS.load(Ordering::Relaxed) { &aws_lc::DEFAULT_PROVIDER } else { &rust_crypto::DEFAULT_PROVIDER }
}

/// A target that runs on the back end that it names.
struct By {
    aws_lc_rs: bool,
    target: OnTower<Router, axum::body::Body>,
}

impl Target for By {
    fn load(&mut self, tokens: &[String]) {
        self.target.load(tokens);
    }

    fn run(&mut self) -> usize {
        AWS_LC_RS.store(self.aws_lc_rs, Ordering::Relaxed);
        self.target.run()
    }
}

static AWS_LC_RS: AtomicBool = AtomicBool::new(true);
