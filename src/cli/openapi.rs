//! `docket openapi`.

use docket::console;
use docket::error::Error;

/// Prints the OpenAPI document.
pub fn run() -> Result<(), Error> {
    let text = docket::openapi::document()
        .map_err(|error| Error::Internal(format!("the document cannot be written: {error}")))?;
    console::print(&format!("{text}\n"))
}
