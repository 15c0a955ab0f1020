//! The acceptance script of the system, over HTTP: on SQLite, or on PostgreSQL where `DATABASE_URL` says.
#![cfg(test)]

mod bad_requests;
mod data_files;
mod document;
mod instances;
mod outage;
mod patience;
mod readme;
mod stage;
mod uploads;
mod walk;
