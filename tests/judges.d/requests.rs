//! Valid requests, generated from the OpenAPI document and the forms of the pages. New routes and
//! fields are tested without a change here.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document;
use crate::forms::visitor::Tag;
use crate::support::{Ask, Server, User, email, query};

/// An input that a scanner may vary.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    /// The value as sent, without quotes.
    pub value: String,
    /// Its representation in JSON.
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A number or a boolean.
    Bare,
    /// A string in a list.
    List,
}

/// A request and its inputs.
pub struct Recipe {
    pub method: String,
    /// The path, with `{id}` in place of an id.
    pub path: String,
    pub id: Option<String>,
    pub query: Vec<Field>,
    pub headers: Vec<Field>,
    pub body: Vec<Field>,
    /// Empty if there is no body.
    pub content_type: String,
    /// Header that authenticates the request.
    pub signature: String,
}

/// A user with a task, an API token, and a second session.
pub struct Owner {
    pub user: User,
    other: User,
    task: String,
    token: String,
}

impl Owner {
    pub async fn register(server: &Server) -> Owner {
        let user = User::register(server).await;
        user.add_task("A first task").await;
        let task = user.add_task("A second task").await;
        user.add_api_token("Judged", &["tasks:read"]).await;
        let tokens = user.get("/api/v1/tokens").gives(200).await;
        let text = |value: &Value| value.as_str().expect("an id").to_owned();
        Owner {
            other: user.again(server).await,
            user,
            task: text(&task["id"]),
            token: text(&tokens["items"][0]["id"]),
        }
    }

    /// Returns an id for a path.
    fn id(&self, path: &str) -> Option<String> {
        if !path.contains("{id}") {
            return None;
        }
        Some(if path.contains("/sessions/") {
            let claims = crate::support::jwt::claims(&self.other.tokens.access);
            claims["sid"].as_str().expect("a session").to_owned()
        } else if path.contains("/tokens/") {
            self.token.clone()
        } else {
            self.task.clone()
        })
    }

    /// Returns a value known only to this user.
    fn known(&self, path: &str, name: &str) -> Option<String> {
        Some(match name {
            "email" if path.ends_with("/login") => self.user.email.clone(),
            "email" => email(),
            "password" | "current_password" => self.user.password.clone(),
            "new_password" => crate::support::password(),
            "refresh_token" => self.user.tokens.refresh.clone(),
            "name" => "Another".to_owned(),
            _ => return None,
        })
    }

    fn field(&self, path: &str, name: &str, schema: &Value) -> Field {
        let kind = match &schema["type"] {
            Value::Array(types) => types[0].as_str(),
            one => one.as_str(),
        };
        let kind = match kind {
            Some("integer" | "number" | "boolean") => Kind::Bare,
            Some("array") => Kind::List,
            _ => Kind::Text,
        };
        let example = match (&schema["example"], &schema["enum"]) {
            (Value::Array(items), _) => items.first(),
            (Value::Null, Value::Array(values)) => values.first(),
            (Value::Null, _) => None,
            (example, _) => Some(example),
        };
        let example = match example {
            Some(Value::String(text)) => text.replace('*', ""),
            Some(other) => other.to_string(),
            None if schema["type"] == "integer" => "1".to_owned(),
            None if kind == Kind::Bare => "true".to_owned(),
            None => "a".to_owned(),
        };
        Field {
            name: name.to_owned(),
            value: self.known(path, name).unwrap_or(example),
            kind,
        }
    }
}

/// Returns a request for every operation of the API, each by a different user, so that they do not
/// interfere.
pub async fn of_the_api(server: &Server) -> Vec<Recipe> {
    let document = document(server).await;
    let mut recipes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let owner = Owner::register(server).await;
            let mut recipe = of_operation(&document, &owner, path, method, operation);
            if recipe.query.iter().any(|field| field.name == "cursor") {
                with_cursor(&owner.user, &mut recipe).await;
            }
            recipes.push(recipe);
        }
    }
    recipes
}

fn of_operation(
    document: &Value,
    owner: &Owner,
    path: &str,
    method: &str,
    operation: &Value,
) -> Recipe {
    let parameters = operation["parameters"].as_array().cloned();
    let parameters = parameters.unwrap_or_default();
    let fields = |place: &str| -> Vec<Field> {
        let of_place = parameters.iter().filter(|one| one["in"] == place);
        of_place
            .map(|one| owner.field(path, one["name"].as_str().expect("a name"), &one["schema"]))
            .collect()
    };
    let content = operation["requestBody"]["content"].as_object();
    let (content_type, schema) = content
        .and_then(|content| content.iter().next())
        .map_or((String::new(), &Value::Null), |(kind, content)| {
            (kind.clone(), resolved(document, &content["schema"]))
        });
    let body = schema["properties"].as_object();
    let body = body.into_iter().flatten();
    Recipe {
        method: method.to_uppercase(),
        path: path.to_owned(),
        id: owner.id(path),
        query: fields("query"),
        headers: fields("header"),
        body: body
            .map(|(name, schema)| owner.field(path, name, schema))
            .collect(),
        content_type,
        signature: format!("Authorization: Bearer {}", owner.user.tokens.access),
    }
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(target) => document
            .pointer(target.trim_start_matches('#'))
            .expect("a schema"),
        None => schema,
    }
}

/// A cursor is valid only for its own list.
async fn with_cursor(user: &User, recipe: &mut Recipe) {
    let fields = recipe.query.iter().filter(|field| field.name != "cursor");
    let mut pairs: Vec<_> = fields
        .map(|field| (field.name.as_str(), field.value.as_str()))
        .collect();
    pairs.retain(|(name, _)| *name != "limit");
    pairs.push(("limit", "1"));
    let page = user.get(&format!("{}?{}", recipe.path, query(&pairs)));
    let page = page.gives(200).await;
    let cursor = page["next_cursor"].as_str().unwrap_or_default().to_owned();
    for field in &mut recipe.query {
        match field.name.as_str() {
            "cursor" => field.value.clone_from(&cursor),
            "limit" => "1".clone_into(&mut field.value),
            _ => {}
        }
    }
}

/// Returns a request for every form on every linked page, each by a different user.
pub async fn of_the_pages(server: &Server) -> Vec<Recipe> {
    let mut recipes = Vec::new();
    let mut forms = BTreeSet::new();
    let mut pages = BTreeSet::new();
    let mut ahead = ["/login", "/register", "/tasks"]
        .map(str::to_owned)
        .to_vec();
    let guide = Owner::register(server).await;
    while let Some(path) = ahead.pop() {
        if !pages.insert(general(&path)) {
            continue;
        }
        let page = page(server, &guide, &path).await;
        ahead.extend(links(&page));
        for (index, form) in page.split("<form").skip(1).enumerate() {
            if forms.insert((general(&Tag(form).get("action")), names(form))) {
                let owner = Owner::register(server).await;
                let path = general(&path);
                let path = path.replace("{id}", &owner.id(&path).unwrap_or_default());
                let page = self::page(server, &owner, &path).await;
                let form = page.split("<form").nth(index + 1).expect("the form");
                recipes.push(of_form(&owner, form));
            }
        }
    }
    recipes
}

async fn page(server: &Server, owner: &Owner, path: &str) -> String {
    let signed = !matches!(path, "/login" | "/register");
    let request = if signed {
        owner.user.by_cookie(reqwest::Method::GET, path)
    } else {
        server.get(path)
    };
    request.is(200).await.text().await.expect("a page")
}

/// Returns the links of a page, except for the API and files.
fn links(page: &str) -> Vec<String> {
    page.split("<a ")
        .skip(1)
        .map(|tag| Tag(&format!(" {}", tag.split('>').next().unwrap_or_default())).get("href"))
        .map(|path| path.split(['?', '#']).next().unwrap_or_default().to_owned())
        .filter(|path| path.starts_with("/tasks") || path.starts_with("/settings"))
        .collect()
}

/// Replaces each id in a path with `{id}`.
fn general(path: &str) -> String {
    path.split('/')
        .map(|part| uuid::Uuid::try_parse(part).map_or(part, |_| "{id}"))
        .collect::<Vec<_>>()
        .join("/")
}

/// Returns the start tags of the fields of a form, each name once.
fn fields(form: &str) -> Vec<&str> {
    let form = form.split("</form>").next().unwrap_or_default();
    let mut seen = BTreeSet::new();
    form.split('<')
        .skip(1)
        .filter_map(|tag| tag.split('>').next())
        .filter(|tag| {
            let name = Tag(tag).get("name");
            !name.is_empty() && seen.insert(name)
        })
        .collect()
}

fn names(form: &str) -> Vec<String> {
    let fields = fields(form).into_iter();
    fields.map(|tag| Tag(tag).get("name")).collect()
}

fn of_form(owner: &Owner, form: &str) -> Recipe {
    let action = Tag(form).get("action");
    let method = Tag(form).get("method").to_uppercase();
    let path = general(&action);
    let id = action
        .split('/')
        .find(|part| uuid::Uuid::try_parse(part).is_ok());
    let filled = |tag: &&str| {
        let name = Tag(tag).get("name");
        let value = owner
            .known(&path, &name)
            .unwrap_or_else(|| Tag(tag).get("value"));
        let value = if value.is_empty() {
            "a".to_owned()
        } else {
            value
        };
        let kind = Kind::Text;
        Field { name, value, kind }
    };
    let fields: Vec<Field> = fields(form).iter().map(filled).collect();
    let (query, body) = match method.as_str() {
        "POST" => (Vec::new(), fields),
        _ => (fields, Vec::new()),
    };
    Recipe {
        content_type: "application/x-www-form-urlencoded".to_owned(),
        signature: format!("Cookie: docket_access={}", owner.user.tokens.access),
        id: id.map(str::to_owned),
        headers: Vec::new(),
        method,
        path,
        query,
        body,
    }
}
