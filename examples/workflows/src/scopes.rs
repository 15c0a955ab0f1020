//! The 26 scopes, and which include which.

use scopa_actix::{ConfigError, Hierarchy, scopes};

use crate::Permission;

/// Returns the scopes and, beside them, the permissions: a scope is never one of those.
///
/// ```
/// let hierarchy = example_workflows::hierarchy()?;
/// let covers = |held: &str, needed: &str| {
///     let name = |short: &str| format!("https://www.workfloplus.com/auth/{short}");
///     hierarchy.covers(&name(held), &name(needed))
/// };
/// assert!(covers("schedule.admin", "schedule.read"));
/// // What a name looks like says nothing: these are the traps of the pages that this example follows.
/// assert!(!covers("workflow.admin", "workflow.approve") && !covers("workflow.admin", "workflow.execute"));
/// assert!(!covers("job.modify", "job.read_all"));
/// # Ok::<(), scopa_actix::ConfigError>(())
/// ```
///
/// # Errors
/// Names what was declared wrongly.
pub fn hierarchy() -> Result<Hierarchy, ConfigError> {
    declared()?.to_builder().permissions(Permission::ALL.map(Permission::as_str)).build()
}

scopes! {
    /// Returns the scopes alone.
    pub fn declared;
    JobAdmin = "https://www.workfloplus.com/auth/job.admin" {
        JobModify = "https://www.workfloplus.com/auth/job.modify",
        JobReadAll = "https://www.workfloplus.com/auth/job.read_all" {
            JobRead = "https://www.workfloplus.com/auth/job.read",
        },
    },
    QueryAdmin = "https://www.workfloplus.com/auth/query.admin" {
        QueryRead = "https://www.workfloplus.com/auth/query.read",
    },
    ReportsAdmin = "https://www.workfloplus.com/auth/reports.admin" {
        ReportsCreate = "https://www.workfloplus.com/auth/reports.create" {
            ReportsRead = "https://www.workfloplus.com/auth/reports.read",
        },
        ReportsModify = "https://www.workfloplus.com/auth/reports.modify",
    },
    ScheduleAdmin = "https://www.workfloplus.com/auth/schedule.admin" {
        ScheduleReadAll = "https://www.workfloplus.com/auth/schedule.read_all" {
            ScheduleRead = "https://www.workfloplus.com/auth/schedule.read",
        },
    },
    TeamAdmin = "https://www.workfloplus.com/auth/team.admin",
    TeamSettingsAdmin = "https://www.workfloplus.com/auth/teamsettings.admin" {
        TeamSettingsRead = "https://www.workfloplus.com/auth/teamsettings.read",
    },
    TriggerAdmin = "https://www.workfloplus.com/auth/trigger.admin" {
        TriggerRead = "https://www.workfloplus.com/auth/trigger.read",
    },
    WorkflowAdmin = "https://www.workfloplus.com/auth/workflow.admin" {
        WorkflowRead = "https://www.workfloplus.com/auth/workflow.read",
        WorkflowCreate = "https://www.workfloplus.com/auth/workflow.create",
        WorkflowDelete = "https://www.workfloplus.com/auth/workflow.delete",
        WorkflowModify = "https://www.workfloplus.com/auth/workflow.modify",
    },
    WorkflowApprove = "https://www.workfloplus.com/auth/workflow.approve",
    WorkflowExecute = "https://www.workfloplus.com/auth/workflow.execute" { WorkflowRead },
    SpokeClient = "https://www.workfloplus.com/auth/spoke.client" { WorkflowRead },
}
