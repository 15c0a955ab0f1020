//! The people of a team, and what they may do.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use scopa_actix::{Access, Authorized};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fault::{Answer, Fault, Made};
use crate::policies::TeamAdmin;
use crate::records::Records;
use crate::{Permission, Service, team_of};

/// Somebody, and what he may do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) permissions: BTreeSet<Permission>,
}

/// Makes the table with two people of the team `myteam`.
///
/// Permissions have no edges, and nobody gives what he lacks: so the owner, who gives clients any of them, holds all.
pub(crate) fn for_trying_out() -> Result<Records<Person>, Fault> {
    let people = Records::default();
    for (name, permissions) in [(OLIVIA, Permission::ALL.into()), (ADAM, [Permission::Admin].into())] {
        people.add(TEAM, name, Person { name: name.to_owned(), permissions })?;
    }
    Ok(people)
}

/// Lists the people.
pub(crate) async fn people(caller: Authorized, service: Data<Service>) -> Answer<Vec<Person>> {
    Ok(Json(service.people.of_team(&team_of(&caller)?)))
}

/// Adds a person.
pub(crate) async fn add_person(
    caller: Authorized<TeamAdmin>,
    service: Data<Service>,
    Json(person): Json<Person>,
) -> Made<Person> {
    require_held(&caller, &person.permissions)?;
    let name = person.name.clone();
    Ok((Json(service.people.add(&team_of(&caller)?, &name, person)?), StatusCode::CREATED))
}

/// Makes sure that nobody gives others a permission that he lacks himself.
pub(crate) fn require_held(caller: &Access, given: &BTreeSet<Permission>) -> Result<(), Fault> {
    match given.iter().find(|given| !caller.permissions().any(|held| held == given.as_str())) {
        Some(lacked) => {
            Err(Fault::Invalid(format!("the permission `{}` is not yours to give", lacked.as_str())))
        }
        None => Ok(()),
    }
}

/// An owner.
pub(crate) const OLIVIA: &str = "olivia";
/// An admin.
pub(crate) const ADAM: &str = "adam";
/// Their team.
pub(crate) const TEAM: &str = "myteam";
