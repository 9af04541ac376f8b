//! The query of a list's page.

use rocket::request::{FromRequest, Outcome, Request};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Choices;
use crate::error::Error;
use crate::http::input::present;
use crate::http::{refuse, urlencoded};
use crate::items::{Grouping, Sort};
use crate::projects::View as Layout;
use crate::tasks::Status;

/// The parameters that the list itself does not have.
const OWN: [&str; 2] = ["layout", "group"];

/// The parameter of the usual order.
const USUAL_ORDER: &str = "sort=";

/// The parameters that the menu or a link to another page replaces.
const REPLACED: [&str; 5] = ["layout", "group", "sort", "status", "cursor"];

/// The layout and the groups that a query asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrangement {
    /// The layout. `None` for the usual one.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub layout: Option<Layout>,
    /// The groups. `None` for the usual ones.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub group: Option<Grouping>,
}

/// The query of the page of a list, which has parameters of type `T`.
#[derive(Default)]
pub struct Arranged<T> {
    /// The layout and the groups.
    pub chosen: Arrangement,
    /// The parameters of the list.
    pub list: T,
    /// All parameters.
    pairs: Vec<[String; 2]>,
}

impl<T: DeserializeOwned> Arranged<T> {
    fn parse(query: &str) -> Result<Arranged<T>, Error> {
        // The menu sends an empty order for the usual one.
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty() && *pair != USUAL_ORDER);
        let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
        let (own, list): (Vec<&str>, Vec<&str>) =
            pairs.partition(|pair| OWN.contains(&name(pair).as_str()));
        let list = list.join("&");
        let pairs: Vec<(String, String)> = urlencoded(query)?;
        Ok(Arranged {
            chosen: urlencoded(&own.join("&"))?,
            list: urlencoded(&list)?,
            pairs: pairs
                .into_iter()
                .map(|(name, value)| [name, value])
                .collect(),
        })
    }
}

impl<T> Arranged<T> {
    /// Takes the parameters of the list.
    pub fn split(self) -> (T, Arranged<()>) {
        let (chosen, pairs) = (self.chosen, self.pairs);
        let list = ();
        (
            self.list,
            Arranged {
                chosen,
                list,
                pairs,
            },
        )
    }

    /// Returns the choices of the query, with an order and a state that it has.
    pub fn choices(&self, sort: Option<Sort>, status: Option<Status>) -> Choices {
        let Arrangement { layout, group } = self.chosen;
        Choices {
            layout,
            group,
            sort,
            status,
        }
    }

    /// Returns the order of the list, if the query names one.
    pub fn order(&self, sort: Sort) -> Option<Sort> {
        let mut pairs = self.pairs.iter();
        let is_named = pairs.any(|[name, value]| name == "sort" && !value.is_empty());
        is_named.then_some(sort)
    }

    /// Returns the parameters that remain if the menu changes others.
    pub fn kept(&self) -> Vec<[String; 2]> {
        self.without(&REPLACED)
    }

    /// Returns the parameters that remain if the text of the search changes.
    pub fn kept_by_search(&self) -> Vec<[String; 2]> {
        self.without(&["q", "cursor"])
    }

    fn without(&self, names: &[&str]) -> Vec<[String; 2]> {
        let pairs = self.pairs.iter();
        pairs
            .filter(|[name, _]| !names.contains(&name.as_str()))
            .cloned()
            .collect()
    }
}

impl Arrangement {
    /// Returns the layout and the groups of a list across projects. A board has groups.
    pub fn across_projects(self) -> (Layout, Grouping) {
        let layout = self.layout.unwrap_or_default();
        let group = match (self.group, layout) {
            (None | Some(Grouping::None), Layout::Board) => Grouping::Date,
            (group, _) => group.unwrap_or_default(),
        };
        (layout, group)
    }

    /// Returns the path of a page with this arrangement and the parameters of a list.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn url(&self, path: &str, list: &impl Serialize) -> Result<String, Error> {
        let failed = |error| Error::Internal(format!("a link cannot be written: {error}"));
        let own = serde_html_form::to_string(self).map_err(failed)?;
        let list = serde_html_form::to_string(list).map_err(failed)?;
        let mut url = path.to_owned();
        let parts = [list, own].into_iter().filter(|part| !part.is_empty());
        for (part, separator) in parts.zip(["?", "&"]) {
            url.push_str(separator);
            url.push_str(&part);
        }
        Ok(url)
    }
}

#[rocket::async_trait]
impl<'r, T: DeserializeOwned + Send> FromRequest<'r> for Arranged<T> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let query = request.uri().query().map_or("", |query| query.as_str());
        match Arranged::parse(query) {
            Ok(arranged) => Outcome::Success(arranged),
            Err(error) => Outcome::Error(refuse(request, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::TaskFilter;

    #[test]
    fn the_query_of_a_page_is_its_arrangement_and_its_list() {
        let query = "sort=&sort=title&layout=board&q=a+%26+b&group=label&limit=5&cursor=x";
        let arranged: Arranged<TaskFilter> = Arranged::parse(query).expect("a query");
        assert_eq!(arranged.chosen.layout, Some(Layout::Board));
        assert_eq!(arranged.chosen.group, Some(Grouping::Label));
        assert_eq!(arranged.list.sort, Sort::Title);
        let kept = [["q", "a & b"], ["limit", "5"]].map(|pair| pair.map(str::to_owned));
        assert_eq!(arranged.kept(), kept);
        let url = arranged.chosen.url("/tasks", &[("q", "a & b")]);
        let expected = "/tasks?q=a+%26+b&layout=board&group=label";
        assert_eq!(url.expect("a path"), expected);
        let plain = Arrangement::default().url("/tasks", &Arrangement::default());
        assert_eq!(plain.expect("a path"), "/tasks");
        for (wrong, field) in [
            ("layout=table", "layout"),
            ("group=", "group"),
            ("group=date&group=date", "group"),
            ("colour=red", "colour"),
        ] {
            let error = Arranged::<TaskFilter>::parse(wrong)
                .err()
                .expect("an error");
            assert_eq!(error.fields()[0].field, field, "{wrong}");
        }
    }
}
