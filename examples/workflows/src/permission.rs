use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What people and clients may do, apart from what a token was given: five names without edges between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE", try_from = "String")]
#[non_exhaustive]
pub enum Permission {
    /// Runs the team.
    Owner,
    /// Runs its work.
    Admin,
    /// Writes its workflows.
    Editor,
    /// Approves them.
    Approver,
    /// A device in the field.
    Spoke,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Editor, Self::Approver, Self::Spoke];

    /// Returns its name as policies write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Admin => "ADMIN",
            Self::Editor => "EDITOR",
            Self::Approver => "APPROVER",
            Self::Spoke => "SPOKE",
        }
    }
}

/// Finds one by its name in any letter case: requests write them small. The one place that folds.
///
/// ```
/// use example_workflows::Permission;
/// assert_eq!(Permission::try_from("editor".to_owned()), Ok(Permission::Editor));
/// assert!(Permission::try_from("EDITORS".to_owned()).is_err());
/// ```
impl TryFrom<String> for Permission {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|permission| permission.as_str().eq_ignore_ascii_case(&name));
        found.ok_or_else(|| format!("there is no permission `{}`", name.escape_debug()))
    }
}
