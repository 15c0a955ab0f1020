//! What is read from a request, and left in it.

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpMessage, HttpRequest, web};
use scopa::{Access, Admission, ConfigError, Guard, Validator};

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

/// Sends a request through a guard, with the word of an outer guard, or else all values of `Authorization`.
pub(crate) fn admit(request: &HttpRequest, guard: &Guard) -> Admission {
    let fields = request.headers().get_all(AUTHORIZATION).map(|value| value.as_bytes());
    guard.admit(request.extensions().get::<Access>(), fields, |name| path_value(request, name))
}

fn path_value(request: &HttpRequest, wanted: &str) -> Option<String> {
    let path = request.match_info();
    // Decoded by the deserializer of `web::Path`: the policy and the handler must see the same text.
    let decoded = path.load::<Vec<String>>().ok()?;
    let mut found = path.iter().zip(decoded).filter(|((name, _), _)| *name == wanted);
    let (_, value) = found.next()?;
    // Nested scopes can use a name twice, and nobody knows which of them the handler means.
    found.next().is_none().then_some(value)
}
