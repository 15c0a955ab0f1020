//! What is read from a request.

use std::borrow::Cow;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, web};
use scopa::{ConfigError, Validator};

/// Finds the validator in the `app_data` that is nearest.
pub(crate) fn validator_of(request: &HttpRequest) -> Result<&Validator, ConfigError> {
    let wrapped = request.app_data::<web::Data<Validator>>();
    let fix = match (request.app_data::<Validator>(), wrapped) {
        (Some(validator), None) => return Ok(validator),
        (None, Some(data)) => return Ok(data.get_ref()),
        (None, None) => "no `Validator`; add `.app_data(validator.clone())` to the `App` or the scope",
        // actix-web looks for one type at a time: an outer one would be taken for the inner one.
        (Some(_), Some(_)) => "a `Validator` and a `web::Data<Validator>`; give both as the former",
    };
    Err(ConfigError::new("app_data", fix))
}

/// All values of `Authorization`.
pub(crate) fn fields(request: &HttpRequest) -> impl Iterator<Item = &[u8]> {
    request.headers().get_all(AUTHORIZATION).map(|value| value.as_bytes())
}

/// The value of a path parameter, as handlers read it.
pub(crate) fn path_value<'r>(request: &'r HttpRequest, wanted: &str) -> Option<Cow<'r, str>> {
    let path = request.match_info();
    let mut found = path.iter().enumerate().filter(|(_, (name, _))| *name == wanted);
    let (at, (_, value)) = found.next()?;
    // Nested scopes can use a name twice, and nobody knows which of them the handler means.
    if found.next().is_some() {
        return None;
    }
    if !value.contains('%') {
        return Some(Cow::Borrowed(value));
    }
    // Decoded by the deserializer of `web::Path`: the policy and the handler must see the same text.
    path.load::<Vec<String>>().ok()?.into_iter().nth(at).map(Cow::Owned)
}
