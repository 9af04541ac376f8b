//! Stand-in until the module arrives.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// Parses.
    pub fn parse(text: &str) -> Option<Date> {
        if text.len() != 10 {
            return None;
        }
        text.parse().ok().map(Date)
    }
}
impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Date, D::Error> {
        let text = String::deserialize(d)?;
        Date::parse(&text).ok_or_else(|| serde::de::Error::custom("not a date"))
    }
}
/// Due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// date
    #[schema(value_type = String)]
    pub date: Date,
    /// time
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// zone
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}
impl Due {
    /// from
    pub fn from_columns(due: &str, zone: Option<&str>) -> Option<Due> {
        let (date, time) = match due.split_once('T') {
            Some((d, t)) => (d, Some(t.to_owned())),
            None => (due, None),
        };
        Some(Due {
            date: Date::parse(date)?,
            time,
            time_zone: zone.map(str::to_owned),
        })
    }
    /// to
    pub fn to_columns(&self) -> (String, Option<String>) {
        let text = match &self.time {
            Some(t) => format!("{}T{t}", self.date),
            None => self.date.to_string(),
        };
        (text, self.time_zone.clone())
    }
}
