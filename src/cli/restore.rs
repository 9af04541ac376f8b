//! `docket restore`.

use std::path::Path;

use docket::config::Config;
use docket::console;
use docket::error::Error;
use docket::transfer;

/// Reads a backup into the configured database.
pub async fn run(file: &Path, config: &Config) -> Result<(), Error> {
    docket::make_data_dir(config)?;
    let counts = transfer::restore(&config.database.url, file).await?;
    console::eprint_line(&format!("Restored and compared: {counts}."));
    Ok(())
}
