//! `docket backup`.

use std::path::Path;

use docket::config::Config;
use docket::console;
use docket::error::Error;
use docket::transfer;

/// Writes a backup to a file.
pub async fn run(file: &Path, config: &Config) -> Result<(), Error> {
    let counts = transfer::backup(&config.database.url, file).await?;
    console::eprint_line(&format!("Wrote {}: {counts}.", file.display()));
    Ok(())
}
