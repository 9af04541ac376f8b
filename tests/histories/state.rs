//! The state of a user, as synchronisation returns it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Ask, User};

/// Items by type and id.
pub type Items = BTreeMap<(String, String), Value>;

/// A client that synchronises.
#[derive(Default)]
pub struct Client {
    pub items: Items,
    token: Option<String>,
}

impl Client {
    /// Applies one page. Returns true if there is another.
    pub async fn step(&mut self, user: &User, limit: usize) -> bool {
        let since = self.token.as_ref();
        let since = since.map_or(String::new(), |token| format!("&since={token}"));
        let path = format!("/api/v1/changes?limit={limit}{since}");
        let page = user.get(&path).gives(200).await;
        for item in page["items"].as_array().expect("items") {
            let text = |name: &str| item[name].as_str().expect("a text").to_owned();
            let (kind, id) = (text("type"), text("id"));
            if item["deleted"] != true {
                self.items.insert((kind, id), item["object"].clone());
                continue;
            }
            if kind == "project" {
                self.items.retain(|_, object| object["project_id"] != id);
            }
            self.items.remove(&(kind, id));
        }
        self.token = Some(page["next"].as_str().expect("a token").to_owned());
        page["more"] == true
    }

    /// Applies pages until the pass is over.
    pub async fn pass(&mut self, user: &User, limit: usize) {
        while self.step(user, limit).await {}
    }
}

/// Returns everything that the user has.
pub async fn all(user: &User) -> Items {
    let mut client = Client::default();
    client.pass(user, 1_000).await;
    client.items
}

/// Returns everything that an undo restores: all but the times and versions of changes. The
/// numbers of open tasks belong to it.
pub async fn state(user: &User) -> Items {
    let mut items = all(user).await;
    for object in items.values_mut() {
        for member in ["updated_at", "version"] {
            object[member] = Value::Null;
        }
    }
    let counts = user.get("/api/v1/counts").gives(200).await;
    items.insert(("counts".into(), String::new()), counts);
    items
}

/// Returns the items with names in place of ids and positions, in an order that does not depend on
/// ids.
pub fn anonymous(items: &Items) -> Vec<String> {
    let named = items.values().filter(|object| object["id"].is_string());
    let mut named: Vec<_> = named.map(|object| describe(items, object)).collect();
    named.sort();
    named
}

fn describe(items: &Items, object: &Value) -> String {
    let mut described = object.clone();
    let name_of = |object: &Value| {
        let name = object.get("title").or_else(|| object.get("name"));
        name.cloned().unwrap_or_default()
    };
    let found = |kind: &str, id: &Value| {
        let id = id.as_str()?.to_owned();
        items.get(&(kind.to_owned(), id))
    };
    let kind = match (object.get("title"), object.get("inbox")) {
        (Some(_), _) => "task",
        (None, Some(_)) => "project",
        (None, None) => "other",
    };
    let mut parents = Vec::new();
    let mut next = found(kind, &object["parent_id"]);
    while let Some(parent) = next {
        parents.push(name_of(parent));
        next = found(kind, &parent["parent_id"]);
    }
    described["parent_id"] = json!(parents);
    for (member, kind) in [("project_id", "project"), ("section_id", "section")] {
        let other = found(kind, &object[member]);
        described[member] = other.map(name_of).unwrap_or_default();
    }
    // An item that nobody has moved has its id as its position.
    described["position"] = json!(object["position"] != object["id"]);
    // Labels that nobody has moved are in the order of their ids, and those of a batch are not made
    // in turn.
    if kind != "other" || object.get("favourite").is_none() {
        described["rank"] = json!(rank(items, object));
    }
    described["completed_at"] = json!(object["completed_at"].is_string());
    for member in ["id", "created_at", "updated_at", "version"] {
        described[member] = Value::Null;
    }
    described.to_string()
}

/// Returns the number of items in the same place that precede an item in the manual order.
fn rank(items: &Items, object: &Value) -> usize {
    let place = |object: &Value| {
        let members = ["project_id", "section_id", "parent_id"];
        members.map(|member| object.get(member).cloned())
    };
    let order = |object: &Value| {
        let text = |member: &str| object[member].as_str().unwrap_or_default().to_owned();
        (text("position"), text("id"))
    };
    let same_type = |other: &Value| {
        other.get("title").is_some() == object.get("title").is_some()
            && other.get("inbox").is_some() == object.get("inbox").is_some()
    };
    let others = items.values().filter(|other| same_type(other));
    let others = others.filter(|other| place(other) == place(object));
    others.filter(|other| order(other) < order(object)).count()
}
