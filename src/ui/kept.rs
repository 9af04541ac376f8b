//! Fields of a form that could not be carried out, and that come back in another page: the
//! sign-in page, or a page with nothing but the form.

use std::collections::BTreeMap;

use rocket::http::Status;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::offline::mark_of;
use super::page::{Reply, page, rejected};
use super::render::SharedUser;
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

/// The values of a page with nothing but the form.
#[derive(Serialize)]
struct Alone<'a, S> {
    /// The path of the page that the form belongs to.
    page: &'a str,
    kept: &'a Value,
    errors: BTreeMap<&'static str, &'a str>,
    /// True if what the form is about does not exist any more.
    gone: bool,
    /// The item of the form as it is saved.
    saved: Option<&'a S>,
    /// The user who has signed in, in place of the one of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<SharedUser<'a>>,
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
        fields[NAME] = F::NAME.into();
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
            fields[AUTHOR] = author.as_str().into();
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
            error => rejected(self.template, &self.alone::<()>(), error),
        }
    }

    /// The answer to a form about something that does not exist any more. Its text can be saved as
    /// something new, with this form.
    pub fn gone(self, message: &str) -> Reply {
        let values = Alone {
            errors: [("form", message)].into(),
            gone: true,
            ..self.alone::<()>()
        };
        page(self.template, &values).with_status(Status::NotFound)
    }

    /// The answer to a form whose item has changed meanwhile, with the saved item.
    pub fn beside(self, saved: &impl Serialize, message: &str) -> Reply {
        let values = Alone {
            errors: [("form", message)].into(),
            saved: Some(saved),
            ..self.alone()
        };
        page(self.template, &values).with_status(Status::Conflict)
    }

    /// The form for whoever has signed in now: nothing is done before they have seen and sent it.
    pub fn after_sign_in(self, email: &str, display_name: &str) -> Reply {
        let values = Alone {
            user: Some(SharedUser {
                display_name,
                email,
            }),
            ..self.alone::<()>()
        };
        page(self.template, &values)
    }

    fn alone<S>(&self) -> Alone<'_, S> {
        Alone {
            page: &self.page,
            kept: &self.fields,
            errors: BTreeMap::new(),
            gone: false,
            saved: None,
            user: None,
        }
    }
}
