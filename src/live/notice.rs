//! Notices and the table that carries them to the other nodes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::{Column, Kind, Pool, Row, Sql, Table, Timestamp, Transaction, Value};
use crate::error::Error;

/// Time for which rows are kept, in seconds. A node that has read none for so long starts anew.
pub(super) const KEPT_SECONDS: i64 = 600;

/// The table of notices, with a row for each transaction. It is about a deployment, and left out of
/// backups.
const NOTICES: Table = Table {
    name: "notices",
    key: 1,
    columns: &[
        // The engine assigns it when the row is inserted, so a transaction that commits later can
        // have a smaller one.
        Column {
            name: "id",
            kind: Kind::Integer,
        },
        // A JSON array of notices.
        Column {
            name: "content",
            kind: Kind::Text,
        },
        Column {
            name: "created_at",
            kind: Kind::Integer,
        },
    ],
};

/// A change that streams may have to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A project or something in it has changed.
    Project {
        /// The id of the project.
        #[serde(with = "text")]
        id: Uuid,
        /// The version before the change.
        from: i64,
        /// The version after the change.
        to: i64,
        /// The client that made the change, by its own name. `None` if it has none, or if several
        /// clients made it.
        client: Option<String>,
        /// True if the members of the project see more or less of it than before.
        visibility: bool,
    },
    /// A user has become a member of a project.
    Membership {
        /// The id of the user.
        #[serde(with = "text")]
        user_id: Uuid,
        /// The id of the project.
        #[serde(with = "text")]
        project_id: Uuid,
        /// The version of the project.
        version: i64,
        /// The client that made the change, by its own name.
        client: Option<String>,
    },
}

/// The form of ids.
mod text {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use uuid::Uuid;

    pub fn serialize<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
        let text = String::deserialize(deserializer)?;
        Uuid::try_parse(&text).map_err(de::Error::custom)
    }
}

/// Adds a row with notices. The last statement of a transaction, so that the row becomes visible
/// soon after the engine has given it an id.
///
/// # Errors
/// [`Error::Database`].
pub async fn record(transaction: &mut Transaction, notices: &[Notice]) -> Result<(), Error> {
    if notices.is_empty() {
        return Ok(());
    }
    let content = serde_json::to_string(notices)
        .map_err(|error| Error::Internal(format!("notices cannot be written: {error}")))?;
    let insert = Sql::new("INSERT INTO notices (content, created_at) VALUES (")
        .bind(content)
        .push(", ")
        .bind(Timestamp::now())
        .push(")");
    transaction.run(insert).await?;
    Ok(())
}

/// Parses the content of a row. An unknown notice, as of a newer version of the program, is left out.
pub(super) fn parse(content: &str) -> Vec<Notice> {
    let values: Vec<serde_json::Value> = serde_json::from_str(content).unwrap_or_default();
    let notices = values.into_iter().map(serde_json::from_value);
    notices.filter_map(Result::ok).collect()
}

/// Deletes at most `most` old rows and returns their number. The newest row stays, so that SQLite
/// does not assign its id again.
///
/// # Errors
/// [`Error::Database`].
pub async fn delete_old(pool: &Pool, now: Timestamp, most: u32) -> Result<u64, Error> {
    let oldest = Sql::new("SELECT MAX(id) FROM (SELECT id, created_at FROM notices ORDER BY id")
        .limit(most as usize)
        .push(") AS oldest WHERE created_at < ")
        .bind(now.plus_seconds(-KEPT_SECONDS))
        .push(" AND id < (SELECT MAX(id) FROM notices)");
    let Some(last) = pool.fetch_value::<Option<i64>>(oldest).await?.flatten() else {
        return Ok(0);
    };
    crate::db::delete_before(pool, &NOTICES, "id", last + 1, most).await
}

/// Returns the values of ids, as rows of one column.
pub(super) fn rows_of(ids: impl Iterator<Item = i64>) -> Vec<Row> {
    ids.map(|id| vec![Value::Integer(id)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_read_as_they_were_written() {
        let notices = [
            Notice::Project {
                id: Uuid::from_u128(1),
                from: 2,
                to: 3,
                client: Some("tab".into()),
                visibility: true,
            },
            Notice::Membership {
                user_id: Uuid::from_u128(4),
                project_id: Uuid::from_u128(5),
                version: 6,
                client: None,
            },
        ];
        let written = serde_json::to_string(&notices).expect("JSON");
        assert_eq!(parse(&written), notices);
        // One of a newer version of the program is left out.
        let with = written.replacen('[', r#"[{"later":{}},"#, 1);
        assert_eq!(parse(&with), notices);
        assert_eq!(parse("no JSON"), []);
    }
}
