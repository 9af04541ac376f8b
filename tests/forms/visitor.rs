//! A browser without JavaScript: it keeps cookies, does not follow redirects on its own, and reads
//! HTML.

use reqwest::{Client, Method, RequestBuilder, Response, redirect};
use serde_json::json;

use crate::support::{Ask, DEADLINE, Server, Tokens, User, email, header, password};

/// A person with a browser.
pub struct Visitor {
    pub email: String,
    pub password: String,
    base: String,
    client: Client,
}

impl Visitor {
    /// Creates an unregistered visitor with an e-mail address and a password.
    pub fn stranger(server: &Server) -> Visitor {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(DEADLINE)
            .build()
            .expect("an HTTP client");
        Visitor {
            email: email(),
            password: password(),
            base: server.base.clone(),
            client,
        }
    }

    /// Registers a visitor, who has read the next page.
    pub async fn registered(server: &Server) -> Visitor {
        let visitor = Visitor::stranger(server);
        let form = visitor.registration();
        let answer = visitor.post("/register", &form).is(303).await;
        assert_eq!(header(&answer, "location"), "/today");
        visitor.page("/today").await;
        visitor
    }

    /// Returns the fields of the registration form.
    pub fn registration(&self) -> [(&str, &str); 3] {
        [
            ("email", &self.email),
            ("display_name", "Ada Lovelace"),
            ("password", &self.password),
        ]
    }

    /// Returns the fields of the sign-in form.
    pub fn credentials(&self) -> [(&str, &str); 2] {
        [("email", &self.email), ("password", &self.password)]
    }

    /// Returns another browser of the same person, signed in.
    pub async fn elsewhere(&self, server: &Server) -> Visitor {
        let mut other = Visitor::stranger(server);
        other.email.clone_from(&self.email);
        other.password.clone_from(&self.password);
        other.post("/login", &other.credentials()).is(303).await;
        other
    }

    /// Returns the same person as an API client, in a separate session.
    pub async fn by_api(&self, server: &Server) -> User {
        User::login(server, &self.email, &self.password).await
    }

    /// Follows a link or opens an address.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    /// Sends a form from a page of the same origin.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.foreign(path, fields)
            .header("sec-fetch-site", "same-origin")
            .header("origin", &self.base)
    }

    /// Sends a form without headers about its origin.
    pub fn foreign(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.client
            .post(format!("{}{path}", self.base))
            .form(fields)
    }

    /// Sends a form as htmx does, for a change in place.
    pub fn in_place(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.post(path, fields).header("hx-request", "true")
    }

    /// Sends a request with any method, including those no form can send.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// Returns the page at `path`, which must exist.
    pub async fn page(&self, path: &str) -> Page {
        Page::of(self.get(path).is(200).await).await
    }

    /// Sends a form that must succeed. Returns the page it redirects to.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let answer = self.post(path, fields).is(303).await;
        self.page(&header(&answer, "location")).await
    }

    /// Sends a form that must be rejected with `status`. Returns the page.
    pub async fn rejected(&self, status: u16, path: &str, fields: &[(&str, &str)]) -> Page {
        Page::of(self.post(path, fields).is(status).await).await
    }

    /// Returns true if this browser is signed in.
    pub async fn is_signed_in(&self) -> bool {
        self.get("/settings/profile").answer().await.status() == 200
    }
}

/// The HTML of a response.
pub struct Page(pub String);

impl Page {
    /// Reads a response, which must be HTML.
    pub async fn of(answer: Response) -> Page {
        let kind = header(&answer, "content-type");
        assert!(kind.starts_with("text/html"), "{}: {kind}", answer.url());
        Page(answer.text().await.expect("a page"))
    }

    #[track_caller]
    pub fn has(&self, text: &str) -> &Page {
        assert!(self.0.contains(text), "no {text:?} in\n{}", self.0);
        self
    }

    #[track_caller]
    pub fn has_not(&self, text: &str) -> &Page {
        assert!(!self.0.contains(text), "{text:?} in\n{}", self.0);
        self
    }

    /// Panics unless the HTML is a whole page in the layout, with a heading.
    #[track_caller]
    pub fn is_whole(&self) -> &Page {
        self.has("<!DOCTYPE html>")
            .has("<main id=\"main\"")
            .has("<h1")
            .has("</html>")
    }

    /// Panics unless the HTML is a fragment.
    #[track_caller]
    pub fn is_fragment(&self) -> &Page {
        self.has_not("<html").has_not("<body").has_not("<main")
    }

    /// Returns the start tag that contains `marker`: `tag("id=\"title\"")`.
    #[track_caller]
    pub fn tag(&self, marker: &str) -> Tag<'_> {
        let Some(at) = self.0.find(marker) else {
            panic!("no {marker} in\n{}", self.0);
        };
        let start = self.0[..at].rfind('<').expect("a start tag");
        let end = self.0[at..].find('>').expect("the end of a tag");
        Tag(&self.0[start..at + end])
    }

    /// Returns the start tag of the element with this id.
    #[track_caller]
    pub fn element(&self, id: &str) -> Tag<'_> {
        self.tag(&format!("id=\"{id}\""))
    }

    /// Returns the text between the first `start` and the `end` that follows it.
    #[track_caller]
    pub fn between(&self, start: &str, end: &str) -> &str {
        self.0
            .split_once(start)
            .and_then(|(_, rest)| rest.split_once(end))
            .map_or_else(
                || panic!("no {start}…{end} in\n{}", self.0),
                |(text, _)| text,
            )
    }

    /// Returns the value of the selected option of a select.
    pub fn chosen(&self, id: &str) -> String {
        let options = self.between(&format!("<select id=\"{id}\""), "</select>");
        let mut chosen = options
            .split("<option")
            .filter(|option| option.contains(" selected>"));
        let option = chosen
            .next()
            .unwrap_or_else(|| panic!("nothing chosen in {id}"));
        assert_eq!(chosen.count(), 0, "{id}");
        let value = match option.split_once("value=\"") {
            Some((_, rest)) => rest.split('"').next(),
            None => option.split(['>', '<']).nth(1),
        };
        unescaped(value.expect("a value"))
    }

    /// Returns the text in a text area.
    #[track_caller]
    pub fn text_area(&self, id: &str) -> String {
        let marker = format!("id=\"{id}\"");
        let rest = self.between(&marker, "</textarea>");
        let text = rest.split_once('>').map_or(rest, |(_, text)| text);
        // HTML ignores the first line break of a text area.
        unescaped(text.strip_prefix('\n').unwrap_or(text))
    }

    /// Returns the titles in the task list, in order.
    pub fn titles(&self) -> Vec<String> {
        self.0
            .split("class=\"task-title\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('>')?.1.split_once('<'))
            .map(|(title, _)| unescaped(title))
            .collect()
    }

    /// Panics unless the field with this id is marked as invalid and described by an error. Returns
    /// the error's text.
    #[track_caller]
    pub fn error_of(&self, id: &str) -> String {
        let field = self.element(id);
        assert_eq!(field.get("aria-invalid"), "true", "{}", field.0);
        let error = format!("{id}-error");
        let described = field.get("aria-describedby");
        assert!(
            described.split_whitespace().any(|part| part == error),
            "{} is not described by {error}",
            field.0
        );
        let text = self.between(&format!("id=\"{error}\""), "</p>");
        let text = text.rsplit_once("<span>").map_or(text, |(_, text)| text);
        let text = text.trim_end_matches("</span>").trim();
        assert!(!text.is_empty(), "{error} is empty");
        unescaped(text)
    }

    /// Returns the flash message; empty if there is none.
    pub fn flash(&self) -> String {
        let flash = self.between("<div id=\"flash\">", "</div>");
        let text = flash.split_once("<p>").map_or("", |(_, text)| text);
        unescaped(text.split("</p>").next().unwrap_or_default())
    }
}

/// A start tag.
pub struct Tag<'p>(pub &'p str);

impl Tag<'_> {
    /// Returns the value of an attribute; empty if absent.
    pub fn get(&self, name: &str) -> String {
        let value = self
            .0
            .split_once(&format!(" {name}=\""))
            .and_then(|(_, rest)| rest.split_once('"'));
        unescaped(value.map_or("", |(value, _)| value))
    }
}

fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&#x2F;", "/")
        .replace("&amp;", "&")
}

/// Returns the name, value and attributes of each cookie that a response sets. Attributes are in
/// lower case.
pub fn cookies(answer: &Response) -> Vec<(String, String, Vec<String>)> {
    let all = answer.headers().get_all("set-cookie");
    all.iter()
        .map(|value| {
            let text = value.to_str().expect("text");
            let mut parts = text.split(';').map(str::trim);
            let pair = parts.next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a name and a value");
            let attributes = parts.map(str::to_lowercase).collect();
            (name.to_owned(), value.to_owned(), attributes)
        })
        .collect()
}

/// Starts a session over the API with the user agent `agent`. Returns its tokens.
pub async fn tokens_of(server: &Server, user: &User, agent: &str) -> Tokens {
    let login = server
        .post("/api/v1/auth/login")
        .header("user-agent", agent)
        .json(&json!({ "email": user.email, "password": user.password }));
    Tokens::from(login.gives(200).await)
}
