//! Deletion of expired rows in small batches, so that no writer waits long.

use super::{Bind, Pool, Table};
use crate::error::Error;

/// Deletes at most `most` rows of a table whose `column` is less than `value`, in ascending order,
/// and returns their number. The column needs an index.
///
/// # Errors
/// [`Error::Database`].
pub async fn delete_before(
    pool: &Pool,
    table: &Table,
    column: &'static str,
    value: impl Bind,
    most: u32,
) -> Result<u64, Error> {
    let mut transaction = pool.begin().await?;
    let delete = pool.engine().delete_before(table, column, value, most);
    let deleted = transaction.run(delete).await?;
    transaction.commit().await?;
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use rocket::tokio::test;
    use tempfile::TempDir;

    use super::*;
    use crate::db::{Sql, Timestamp, record};

    record! { struct RateLimit in "rate_limits" key 1 { id: String, whole_at: Timestamp, } }

    #[test]
    async fn the_oldest_rows_go_first_and_no_more_than_asked_for() {
        let directory = TempDir::new().expect("a directory");
        let pool = Pool::in_directory(&directory).await;
        let mut transaction = pool.begin().await.expect("a turn");
        let rows: Vec<_> = (1..=7)
            .map(|instant| {
                let row = RateLimit {
                    id: format!("row {instant}"),
                    whole_at: Timestamp(instant),
                };
                row.to_values()
            })
            .collect();
        let inserted = transaction.insert_rows(&RateLimit::TABLE, &rows);
        inserted.await.expect("rows");
        transaction.commit().await.expect("kept");
        for (expected, oldest) in [(3, 4), (2, 6), (0, 6)] {
            let deleted = delete_before(&pool, &RateLimit::TABLE, "whole_at", Timestamp(6), 3);
            assert_eq!(deleted.await.expect("deleted"), expected);
            let least = Sql::new("SELECT MIN(whole_at) FROM rate_limits");
            let least = pool.fetch_value::<i64>(least).await.expect("a row");
            assert_eq!(least, Some(oldest));
        }
    }
}
