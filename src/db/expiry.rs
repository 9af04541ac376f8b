//! Rows that have expired, deleted a few at a time, so that no writer waits long.

use sqlx::query;

use super::{Pool, Timestamp};
use crate::error::Error;

/// Deletes at most `most` rows of a table whose instant in `column` is before `instant`, the oldest
/// first, and returns their number. The column needs an index.
pub async fn delete_before(
    pool: &Pool,
    table: &'static str,
    column: &'static str,
    instant: Timestamp,
    most: u32,
) -> Result<u64, Error> {
    let mut transaction = pool.begin().await?;
    let deleted = query(pool.sql(pool.engine().delete_before(table, column, most)))
        .bind(instant.0)
        .execute(&mut transaction)
        .await?;
    transaction.commit().await?;
    Ok(deleted.rows_affected())
}

#[cfg(test)]
mod tests {
    use rocket::tokio::test;
    use sqlx::{Row, query};
    use tempfile::TempDir;

    use super::*;

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
            let deleted = delete_before(&pool, "rate_limits", "whole_at", Timestamp(6), 3);
            assert_eq!(deleted.await.expect("deleted"), expected);
            let row = query("SELECT MIN(whole_at) AS oldest FROM rate_limits");
            let row = row.fetch_one(pool.reader()).await.expect("a row");
            assert_eq!(row.get::<i64, _>("oldest"), oldest);
        }
    }
}
