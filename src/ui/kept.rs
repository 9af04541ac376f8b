//! Fields of a form that could not be carried out, and that come back in another page: the
//! sign-in page, or a page with nothing but the form.

use rocket::http::Status;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::offline::mark_of;
use super::page::{Reply, rejected};
use crate::error::Error;

/// The member that names the form.
const NAME: &str = "form";
/// The member with the mark of the user whose session the form was written in.
const AUTHOR: &str = "written_by";

/// A form whose fields are kept, without passwords.
pub trait KeptForm: Serialize + DeserializeOwned {
    /// Its name, unique among the kept forms.
    const NAME: &'static str;

    /// The template that shows it alone, as `kept`. It extends `ui/unsaved`.
    const TEMPLATE: &'static str;

    /// Returns the path of the page that the form belongs to.
    fn page(&self) -> String;

    /// Returns false if the fields are not those of a form of this server.
    fn is_valid(&self) -> bool {
        true
    }
}

/// The fields of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    template: &'static str,
    page: String,
    /// The fields and the name of the form.
    fields: Value,
    author: Option<String>,
}

type Read = fn(Value) -> Option<Kept>;

/// The forms that are kept. Only these, so that a sign-in never leads to a form of somebody else's
/// making. A managed state.
#[derive(Default)]
pub struct KeptForms(Vec<(&'static str, Read)>);

impl KeptForms {
    /// Adds a form.
    #[must_use]
    pub fn with<F: KeptForm>(mut self) -> KeptForms {
        let read = |fields| {
            let form: F = serde_json::from_value(fields).ok()?;
            form.is_valid().then(|| Kept::of(&form).ok())?
        };
        self.0.push((F::NAME, read));
        self
    }

    /// Reads what the sign-in form carried; nothing if it is no such form.
    pub fn read(&self, text: &str) -> Option<Kept> {
        let mut fields: Value = serde_json::from_str(text).ok()?;
        let members = fields.as_object_mut()?;
        let name = members.remove(NAME)?;
        let author = members.remove(AUTHOR);
        let (_, read) = self.0.iter().find(|(other, _)| name == **other)?;
        Some(Kept {
            author: author.and_then(|mark| mark.as_str().map(str::to_owned)),
            ..read(fields)?
        })
    }
}

impl Kept {
    /// Keeps the fields of a form.
    ///
    /// # Errors
    /// [`Error::Internal`] if they cannot be written.
    pub fn of<F: KeptForm>(form: &F) -> Result<Kept, Error> {
        let mut fields = serde_json::to_value(form)
            .map_err(|error| Error::Internal(format!("a form cannot be kept: {error}")))?;
        fields[NAME] = json!(F::NAME);
        Ok(Kept {
            template: F::TEMPLATE,
            page: form.page(),
            fields,
            author: None,
        })
    }

    /// The text that the sign-in form carries.
    pub fn write(&self) -> String {
        let mut fields = self.fields.clone();
        if let Some(author) = &self.author {
            fields[AUTHOR] = json!(author);
        }
        fields.to_string()
    }

    /// Names the author, if the browser knows whose session it had last.
    pub(super) fn by(mut self, user_id: Option<&str>) -> Kept {
        self.author = user_id.map(mark_of);
        self
    }

    /// Returns false if somebody else has written the form.
    pub fn is_of(&self, user_id: &str) -> bool {
        let author = self.author.as_ref();
        author.is_none_or(|author| *author == mark_of(user_id))
    }

    /// The answer to a form that could not be carried out, where its own page cannot be shown.
    ///
    /// # Errors
    /// The error itself, if the form would fail in the same way again.
    pub fn instead(self, error: Error) -> Result<Reply, Error> {
        match error {
            Error::Unauthenticated(_) => Ok(Reply::SignIn {
                next: self.page.clone(),
                kept: Box::new(self),
            }),
            error => {
                let values = json!({ "page": self.page, "kept": self.fields });
                rejected(self.template, values, "errors", error)
            }
        }
    }

    /// The answer to a form about something that does not exist any more. Its text can be saved as
    /// something new, with this form.
    pub fn gone(self, message: &str) -> Reply {
        Reply::Page {
            template: self.template,
            values: json!({
                "kept": self.fields,
                "page": self.page,
                "errors": { "form": message },
                "gone": true,
            }),
            status: Status::NotFound,
        }
    }

    /// The answer to a form whose item has changed meanwhile, with the saved item.
    pub fn beside(self, saved: Value, message: &str) -> Reply {
        Reply::Page {
            template: self.template,
            values: json!({
                "kept": self.fields,
                "page": self.page,
                "errors": { "form": message },
                "saved": saved,
            }),
            status: Status::Conflict,
        }
    }

    /// The form for whoever has signed in now: nothing is done before they have seen and sent it.
    pub fn after_sign_in(self, email: &str, display_name: &str) -> Reply {
        let user = json!({ "email": email, "display_name": display_name });
        Reply::Page {
            template: self.template,
            values: json!({ "page": self.page, "kept": self.fields, "errors": {}, "user": user }),
            status: Status::Ok,
        }
    }
}
