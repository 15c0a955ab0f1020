use async_graphql_parser::parse_query;
use async_graphql_parser::types::{Field, OperationType, Selection, SelectionSet};
use http::StatusCode;
use scopa_tower::Policy;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json as object};
use utoipa::ToSchema;

use crate::answer::{Answer, json};
use crate::call::Call;
use crate::scopes::{NOUNS, Team, read};

/// A query: `{ projects { id name } tasks { id } }`. Fields and aliases, no fragments, arguments or variables.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Query {
    query: String,
}

/// What was asked for, of the teams of the token.
#[derive(Serialize, ToSchema)]
pub(crate) struct Data {
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

/// Answers a query. Each of its fields asks for a scope, all of them at once: one challenge names all that are needed.
pub(crate) async fn answer(mut call: Call) -> Result<Answer, Answer> {
    let Query { query } = call.json().await?;
    let wanted = wanted(&query).map_err(|why| refused(&why))?;
    // Each once, however often it is asked for under other names.
    let nouns = NOUNS.into_iter().filter(|noun| wanted.iter().any(|list| list.noun == *noun));
    call.caller.require(Policy::all_of(nouns.map(read)))?;
    let data = wanted.into_iter().map(|List { key, noun, members }| {
        let items = call.caller.values(Team::SCOPE).map(|team| item(noun, team, &members));
        (key, items.collect())
    });
    Ok(json(StatusCode::OK, &Data { data: data.collect() }))
}

/// One field of the query: a list of things of a kind.
#[derive(Debug, PartialEq, Eq)]
struct List {
    /// How the answer calls it.
    key: String,
    noun: &'static str,
    /// What is wanted of each thing, and how the answer calls it.
    members: Vec<(String, String)>,
}

/// Reads what a query asks for. What this example does not know is refused, and never passed over.
fn wanted(query: &str) -> Result<Vec<List>, String> {
    // The parser goes down by one call for each of these.
    if query.bytes().filter(|byte| b"{[(".contains(byte)).count() > MOST_NESTED {
        return Err("the query is too long".to_owned());
    }
    let document = parse_query(query).map_err(|_| "this is no query of GraphQL")?;
    let mut operations = document.operations.iter();
    let (Some((_, operation)), None) = (operations.next(), operations.next()) else {
        return Err("send one query".to_owned());
    };
    let operation = &operation.node;
    let is_plain = operation.directives.is_empty() && operation.variable_definitions.is_empty();
    if operation.ty != OperationType::Query || !is_plain || !document.fragments.is_empty() {
        return Err("only queries without fragments, variables and directives are answered".to_owned());
    }
    let lists = fields(&operation.selection_set.node)?.into_iter().map(|(key, field)| {
        let name = &*field.name.node;
        let noun = NOUNS.into_iter().find(|noun| *noun == name);
        let noun = noun.ok_or_else(|| format!("there is no `{name}`"))?;
        let members = fields(&field.selection_set.node)?.into_iter().map(|(key, member)| {
            let name = &*member.name.node;
            let is_known = MEMBERS.contains(&name) && member.selection_set.node.items.is_empty();
            if is_known { Ok((key, name.to_owned())) } else { Err(format!("`{noun}` has no such `{name}`")) }
        });
        let members: Vec<_> = members.collect::<Result<_, String>>()?;
        if members.is_empty() {
            return Err(format!("say what of `{noun}`: {}", MEMBERS.join(", ")));
        }
        Ok(List { key, noun, members })
    });
    lists.collect()
}

/// Returns the fields of a selection with the names that the answer gives them, each once.
fn fields(selection: &SelectionSet) -> Result<Vec<(String, &Field)>, String> {
    let mut fields: Vec<(String, &Field)> = Vec::new();
    for item in &selection.items {
        let Selection::Field(field) = &item.node else { return Err("fragments are not answered".to_owned()) };
        let field = &field.node;
        if !field.arguments.is_empty() || !field.directives.is_empty() {
            return Err(format!("`{}` takes no arguments and no directives", field.name.node));
        }
        let key = field.response_key().node.to_string();
        if fields.iter().any(|(known, _)| *known == key) {
            return Err(format!("`{key}` stands twice"));
        }
        fields.push((key, field));
    }
    Ok(fields)
}

fn item(noun: &str, team: &str, members: &[(String, String)]) -> Value {
    let value = |name: &str| match name {
        "id" => format!("{noun}-1"),
        "team" => team.to_owned(),
        _ => format!("the first of {}", noun.replace('_', " ")),
    };
    members.iter().map(|(key, name)| (key.clone(), value(name))).collect()
}

/// Refuses a query in the words of GraphQL.
fn refused(why: &str) -> Answer {
    json(StatusCode::BAD_REQUEST, &object!({"errors": [{"message": why}]}))
}

const MEMBERS: [&str; 3] = ["id", "team", "name"];
const MOST_NESTED: usize = 200;
