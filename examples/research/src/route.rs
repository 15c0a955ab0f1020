use std::future::Future;
use std::sync::Arc;

use http::{Method, StatusCode};
use scopa_tower::{BoxFuture, Policy};
use utoipa::PartialSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::answer::Answer;
use crate::call::Call;

/// A route of the API: the guard and the document are both made of this, so neither can say something else.
pub(crate) struct Route {
    /// The method.
    pub(crate) method: Method,
    /// The path, with placeholders: `/v1/teams/{team}/notes`.
    pub(crate) path: &'static str,
    /// What is asked of the caller.
    pub(crate) policy: Policy,
    /// Who answers.
    pub(crate) handler: Handler,
    /// What it does, in a line.
    pub(crate) summary: &'static str,
    /// What the body is.
    pub(crate) takes: Option<RefOr<Schema>>,
    /// What the answer is when all went well.
    pub(crate) gives: (StatusCode, Option<RefOr<Schema>>),
    /// Whether another team's path answers 404: as if there were nothing. By default it answers 403, and the challenge names the team.
    pub(crate) hides_other_teams: bool,
}

/// Answers a request that was let in.
pub(crate) type Handler = Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Answer, Answer>> + Send + Sync>;

impl Route {
    /// Starts a route that answers 204. There is none without a policy.
    pub(crate) fn new<F>(
        method: Method,
        path: &'static str,
        policy: impl Into<Policy>,
        handler: fn(Call) -> F,
        summary: &'static str,
    ) -> Self
    where
        F: Future<Output = Result<Answer, Answer>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |call| Box::pin(handler(call)));
        let gives = (StatusCode::NO_CONTENT, None);
        Self {
            method,
            path,
            policy: policy.into(),
            handler,
            summary,
            takes: None,
            gives,
            hides_other_teams: false,
        }
    }

    /// Says what the body is.
    pub(crate) fn takes<T: PartialSchema>(self) -> Self {
        Self { takes: Some(T::schema()), ..self }
    }

    /// Says what the answer is when all went well.
    pub(crate) fn gives<T: PartialSchema>(self, status: StatusCode) -> Self {
        Self { gives: (status, Some(T::schema())), ..self }
    }

    /// Answers 404 to who does not hold the team of the path.
    pub(crate) fn hides_other_teams(self) -> Self {
        Self { hides_other_teams: true, ..self }
    }

    /// Returns the placeholders of the path.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
