//! The 27 policies: each is met by one of its scopes and one of its permissions.

/// Declares policies as types, one in a line: its name, any of these scopes, any of these permissions.
///
/// One that asks for no permission says `none_asked`. One that forgot them does not compile:
///
/// ```compile_fail
/// example_workflows::policies! { Forgotten = "Forgotten": [TeamAdmin] []; }
/// ```
///
/// ```compile_fail
/// example_workflows::policies! { Forgotten = "Forgotten": [TeamAdmin]; }
/// ```
///
/// ```
/// example_workflows::policies! { Spelt = "Spelt out": [TeamAdmin] none_asked; }
/// assert_eq!(all().len(), 1);
/// ```
#[macro_export]
macro_rules! policies {
    ($($name:ident = $label:literal: [$($scope:ident)+] $permissions:tt;)+) => {
        $(
            #[doc = concat!("The policy `", $label, "`.")]
            #[derive(Debug)]
            #[non_exhaustive]
            pub struct $name;

            impl $crate::Requirement for $name {
                fn policy() -> $crate::Policy {
                    let scopes = $crate::Policy::any_of([$($crate::Policy::from($crate::scopes::$scope)),+]);
                    $crate::policies!(@and scopes $permissions)
                }
            }
        )+

        /// Returns all policies by their names.
        pub fn all() -> Vec<(&'static str, $crate::Policy)> {
            vec![$(($label, <$name as $crate::Requirement>::policy())),+]
        }
    };
    (@and $scopes:ident none_asked) => { $scopes };
    (@and $scopes:ident [$($permission:ident)+]) => {
        $scopes.and($crate::Policy::any_permission([$($crate::Permission::$permission.as_str()),+]))
    };
}

policies! {
    ClientAdmin = "Client_Admin": [TeamAdmin] [Owner];
    JobModify = "Job_Modify": [JobModify] [Owner];
    JobRead = "Job_Read": [JobRead] [Owner Admin];
    JobReadAll = "Job_ReadAll": [JobReadAll JobModify] [Owner Admin];
    QueryAdmin = "Query_Admin": [QueryAdmin] [Owner Admin];
    QueryRead = "Query_Read": [QueryRead] [Owner Admin];
    ReportsAdmin = "Reports_Admin": [ReportsAdmin] [Owner Admin];
    ReportsCreate = "Reports_Create": [ReportsCreate] [Owner Admin Editor];
    ReportsModify = "Reports_Modify": [ReportsModify] [Owner Admin];
    ReportsRead = "Reports_Read": [ReportsRead] [Owner Admin Editor];
    ScheduleAdmin = "Schedule_Admin": [ScheduleAdmin] [Owner Admin];
    ScheduleRead = "Schedule_Read": [ScheduleRead] [Owner Admin];
    ScheduleReadAll = "Schedule_ReadAll": [ScheduleReadAll] [Owner Admin];
    SpokeClient = "Spoke_Client": [SpokeClient] [Spoke];
    TeamAdmin = "Team_Admin": [TeamAdmin] [Owner Admin];
    TeamSettingsAdmin = "TeamSettings_Admin": [TeamSettingsAdmin] [Owner Admin];
    TeamSettingsRead = "TeamSettings_Read": [TeamSettingsRead] [Owner Admin Editor Approver];
    TriggerAdmin = "Trigger_Admin": [TriggerAdmin] [Owner Admin];
    TriggerExecute = "Trigger_Execute": [WorkflowExecute WorkflowAdmin] [Owner Admin];
    TriggerRead = "Trigger_Read": [TriggerRead] [Owner Admin];
    WorkflowAdmin = "Workflow_Admin": [WorkflowAdmin] [Owner Admin];
    WorkflowApprove = "Workflow_Approve": [WorkflowApprove] [Approver];
    WorkflowCreate = "Workflow_Create": [WorkflowCreate] [Owner Admin Editor];
    WorkflowDelete = "Workflow_Delete": [WorkflowDelete] [Owner Admin Editor];
    // The pages list no permission here. Nobody, or everybody? We say: none is asked for.
    WorkflowExecute = "Workflow_Execute": [WorkflowExecute] none_asked;
    WorkflowModify = "Workflow_Modify": [WorkflowModify] [Owner Admin Editor];
    WorkflowRead = "Workflow_Read": [WorkflowRead] [Owner Admin Editor Approver Spoke];
}
