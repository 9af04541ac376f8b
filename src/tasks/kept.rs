//! Task forms that are preserved while the user signs in.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::forms::TaskForm;
use crate::ui::{KeptForm, KeptForms};

/// The path of the task list, which is also the first page after sign-in.
pub const LIST: &str = "/tasks";

/// The submitted form for a new task.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptNewTask {
    /// The title.
    pub title: String,
    /// The description.
    pub description: String,
    /// The id of the project. Empty for the Inbox.
    #[serde(default)]
    pub project_id: String,
    /// The id of the section. Empty if there is none.
    #[serde(default)]
    pub section_id: String,
    /// The id of the task of which this is a subtask. Empty if there is none.
    #[serde(default)]
    pub parent_id: String,
    /// The name of a label. Empty if there is none.
    #[serde(default)]
    pub label: String,
    /// The due date. Empty if there is none.
    #[serde(default)]
    pub due_date: String,
}

/// A submitted form for a change of a task.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptTask {
    /// The task's id.
    pub id: String,
    /// The fields.
    pub fields: KeptFields,
}

/// The fields of a form of a task.
#[derive(Default, Serialize, Deserialize)]
pub struct KeptFields(pub(super) TaskForm);

/// Registers the task forms.
pub fn register(forms: KeptForms) -> KeptForms {
    forms.with::<KeptNewTask>().with::<KeptTask>()
}

impl KeptForm for KeptNewTask {
    const NAME: &'static str = "new_task";
    const TEMPLATE: &'static str = "tasks/unsaved_new";

    fn page(&self) -> String {
        LIST.to_owned()
    }
}

impl KeptForm for KeptTask {
    const NAME: &'static str = "task";
    const TEMPLATE: &'static str = "tasks/unsaved";

    fn page(&self) -> String {
        format!("{LIST}/{}", self.id)
    }

    /// The id becomes part of the form's URL.
    fn is_valid(&self) -> bool {
        Uuid::try_parse(&self.id).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Kept;

    #[test]
    fn only_forms_of_tasks_are_kept() {
        let forms = register(KeptForms::default());
        let task = KeptTask {
            id: "0192f0c1-2345-7000-8000-000000000000".into(),
            fields: KeptFields(TaskForm {
                title: Some("A \"title\"".into()),
                description: Some("Two\r\nlines".into()),
                version: Some("3".into()),
                ..TaskForm::default()
            }),
        };
        let kept = Kept::of(&task).expect("JSON");
        assert_eq!(forms.read(&kept.write()), Some(kept));
        for other in [
            "",
            "{}",
            "null",
            "[]",
            r#"{"form":"password","new_password":"x"}"#,
            r#"{"form":"new_task","title":"A","description":"","action":"//evil.example"}"#,
            r#"{"form":"task","id":"../settings/delete","fields":{}}"#,
        ] {
            assert_eq!(forms.read(other), None, "{other}");
        }
    }
}
