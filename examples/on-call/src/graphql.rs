//! The GraphQL API: one route, guarded as a whole by its scope. What is asked for there is GraphQL's own matter.

use std::sync::Arc;

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Object, Request, Response, Schema, ServerError,
};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use scopa_axum::Authorized;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Api;
use crate::board::{Board, Heartbeat, Incident, MOST};
use crate::document::guarded;
use crate::people::person;
use crate::problem::Problem;
use crate::scopes::Graph;

/// What can be asked.
pub(crate) type Graphs = Schema<Query, EmptyMutation, EmptySubscription>;

/// Where each question starts.
pub(crate) struct Query;

/// Who asks.
struct Me(Option<String>);

#[Object]
impl Query {
    /// The name of the person that the token acts for.
    async fn me(&self, context: &Context<'_>) -> Option<String> {
        context.data_opt::<Me>().and_then(|me| me.0.clone())
    }

    /// The heartbeats.
    // A list costs what it can show, each time that it is asked for.
    #[graphql(complexity = "MOST * child_complexity")]
    async fn heartbeats(&self, context: &Context<'_>) -> async_graphql::Result<Vec<Heartbeat>> {
        Ok(context.data::<Arc<Board>>()?.heartbeats())
    }

    /// The incidents.
    async fn incidents(&self) -> Vec<Incident> {
        Board::incidents()
    }
}

/// Makes the schema. One question gets one list of everything, and not two of them under other names; the schema itself is not
/// shown, for lists within lists of it make a short question long.
pub(crate) fn schema(board: Arc<Board>) -> Graphs {
    Schema::build(Query, EmptyMutation, EmptySubscription)
        .data(board)
        .disable_introspection()
        .limit_depth(20)
        .limit_complexity(1000)
        .finish()
}

/// Makes the route, and its part of the document.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(guarded!(ask))
}

/// Answers a question in GraphQL.
#[utoipa::path(post, path = "/graphql", request_body = Object, responses((status = 200, body = Object)))]
async fn ask(
    caller: Authorized<Graph>,
    State(api): State<Api>,
    question: Result<Json<Request>, JsonRejection>,
) -> Result<Json<Response>, Problem> {
    let question = question?.0;
    if let Err(why) = bounded(&question.query) {
        return Ok(Json(Response::from_errors(vec![ServerError::new(why, None)])));
    }
    Ok(Json(api.graphs.execute(question.data(Me(person(&caller)))).await))
}

/// Refuses what cannot be counted any more once it is read.
fn bounded(query: &str) -> Result<(), &'static str> {
    // Each level of lists and objects takes some of the stack, and the parser has no limit of its own.
    if query.bytes().filter(|byte| b"{[(".contains(byte)).count() > MOST_BRACKETS {
        return Err("There are too many brackets.");
    }
    // Fragments within fragments multiply, and are counted by looking at each in each place: so not before that.
    if query.matches("...").count() > MOST_SPREADS {
        return Err("There are too many fragments.");
    }
    Ok(())
}

/// How many brackets a question may open: for the stack, as deep as all of them in one another.
const MOST_BRACKETS: usize = 200;

/// How often a question may spread a fragment: each twice in the one before it, that makes 256 times.
const MOST_SPREADS: usize = 16;
