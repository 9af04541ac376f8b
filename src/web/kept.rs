//! Fields of a form that could not be carried out, and that come back in another page: the
//! sign-in page, or a page with nothing but the form.

use rocket::http::Status;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::page::{Reply, rejected};
use crate::error::Error;

/// The template of the sign-in page.
pub const SIGN_IN: &str = "accounts/login";

const UNSAVED: &str = "web/unsaved";

const GONE: &str =
    "This task is not there any more. It was deleted, or it belongs to another account.";

/// The fields of a form, without passwords. Only forms that are listed here are kept, so that a
/// sign-in never leads to a form of somebody else's making.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case", deny_unknown_fields)]
pub enum Kept {
    /// A task to be added.
    NewTask {
        /// As it was sent, like all of these.
        title: String,
        /// The notes.
        description: String,
    },
    /// A change of a task.
    Task {
        /// The task's id.
        id: String,
        /// The title.
        title: String,
        /// The notes.
        description: String,
        /// True if it is done.
        completed: bool,
        /// The version that was changed.
        version: String,
    },
    /// A change of the profile.
    Profile {
        /// The name.
        display_name: String,
        /// The e-mail address.
        email: String,
    },
}

impl Kept {
    /// Reads what the sign-in form carried; nothing if it is no such form.
    pub fn read(text: &str) -> Option<Kept> {
        let kept = serde_json::from_str(text).ok()?;
        match &kept {
            // It becomes a part of the form's address.
            Kept::Task { id, .. } if Uuid::try_parse(id).is_err() => None,
            _ => Some(kept),
        }
    }

    /// The text that the sign-in form carries.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be written.
    pub fn write(&self) -> Result<String, Error> {
        serde_json::to_string(self)
            .map_err(|error| Error::Internal(format!("a form cannot be kept: {error}")))
    }

    /// The page that the form belongs to.
    fn page(&self) -> String {
        match self {
            Kept::NewTask { .. } => "/tasks".to_owned(),
            Kept::Task { id, .. } => format!("/tasks/{id}"),
            Kept::Profile { .. } => "/settings".to_owned(),
        }
    }

    /// The answer to a form that could not be carried out, where its own page cannot be shown.
    ///
    /// # Errors
    /// The error itself, if the form would fail in the same way again.
    pub fn instead(self, error: Error) -> Result<Reply, Error> {
        match (error, self) {
            (Error::Unauthenticated(_), kept) => kept.behind_sign_in(),
            (
                Error::NotFound,
                Kept::Task {
                    title, description, ..
                },
            ) => {
                let kept = Kept::NewTask { title, description };
                Ok(Reply::Page {
                    template: UNSAVED,
                    values: json!({
                        "kept": kept,
                        "page": "/tasks",
                        "errors": { "form": GONE },
                        "gone": true,
                    }),
                    status: Status::NotFound,
                })
            }
            (error, kept) => {
                let values = json!({ "page": kept.page(), "kept": kept });
                rejected(UNSAVED, values, "errors", error)
            }
        }
    }

    fn behind_sign_in(self) -> Result<Reply, Error> {
        let form = json!({ "next": self.page(), "kept": self.write()? });
        Ok(Reply::Page {
            template: SIGN_IN,
            values: json!({ "form": form, "errors": {}, "ended": true }),
            status: Status::Unauthorized,
        })
    }

    /// The form for whoever has signed in now: nothing is done before they have seen and sent it,
    /// for it may be another user than the one who wrote it.
    pub fn after_sign_in(self, email: &str, display_name: &str) -> Reply {
        let user = json!({ "email": email, "display_name": display_name });
        Reply::Page {
            template: UNSAVED,
            values: json!({ "page": self.page(), "kept": self, "errors": {}, "user": user }),
            status: Status::Ok,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn only_forms_of_tasks_and_the_profile_are_kept() {
        let kept = Kept::Task {
            id: "0192f0c1-2345-7000-8000-000000000000".into(),
            title: "A \"title\"".into(),
            description: "Two\r\nlines".into(),
            completed: true,
            version: "3".into(),
        };
        let text = kept.write().expect("JSON");
        assert_eq!(Kept::read(&text), Some(kept));
        for other in [
            "",
            "{}",
            "null",
            "[]",
            r#"{"form":"password","new_password":"x"}"#,
            r#"{"form":"profile","display_name":"A","email":"b","current_password":"c"}"#,
            r#"{"form":"new_task","title":"A","description":"","action":"//evil.example"}"#,
            r#"{"form":"task","id":"../settings/delete","title":"","description":"","completed":false,"version":""}"#,
        ] {
            assert_eq!(Kept::read(other), None, "{other}");
        }
    }
}
