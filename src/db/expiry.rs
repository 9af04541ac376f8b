//! Rows that have expired, deleted a few at a time, so that no writer waits long.

use super::{Pool, Scalar, Table};
use crate::error::Error;

/// Deletes at most `most` rows of a table whose `column` is less than `value`, the least first, and
/// returns their number. The column needs an index.
///
/// # Errors
/// [`Error::Database`].
pub async fn delete_before(
    pool: &Pool,
    table: &Table,
    column: &'static str,
    value: impl Scalar,
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
    use sqlx::{Row, query};
    use tempfile::TempDir;

    use super::*;
    use crate::db::{Timestamp, record};

    record! { RATE_LIMITS in "rate_limits" key 1 { id: String, whole_at: Timestamp, } }

    #[test]
    async fn the_oldest_rows_go_first_and_no_more_than_asked_for() {
        let directory = TempDir::new().expect("a directory");
        let pool = Pool::in_directory(&directory).await;
        let mut transaction = pool.begin().await.expect("a turn");
        for instant in 1..=7 {
            query("INSERT INTO rate_limits (id, whole_at) VALUES ($1, $2)")
                .bind(format!("row {instant}"))
                .bind(instant)
                .execute(&mut transaction)
                .await
                .expect("a row");
        }
        transaction.commit().await.expect("kept");
        for (expected, oldest) in [(3, 4), (2, 6), (0, 6)] {
            let deleted = delete_before(&pool, &RATE_LIMITS, "whole_at", Timestamp(6), 3);
            assert_eq!(deleted.await.expect("deleted"), expected);
            let row = query("SELECT MIN(whole_at) AS oldest FROM rate_limits");
            let row = row.fetch_one(pool.reader()).await.expect("a row");
            assert_eq!(row.get::<i64, _>("oldest"), oldest);
        }
    }
}
