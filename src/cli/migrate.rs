//! `docket migrate`.

use docket::config::Config;
use docket::console;
use docket::error::Error;

/// Migrates the database.
pub async fn run(config: &Config) -> Result<(), Error> {
    let pool = docket::open_database(config).await?;
    pool.close().await;
    console::print("The database is up to date.\n")
}
