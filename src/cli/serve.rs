//! `docket serve`.

use docket::config::Config;
use docket::error::Error;

/// Serves until the process receives a signal to stop.
pub async fn run(config: &Config) -> Result<(), Error> {
    docket::serve(config).await
}
