//! Bodies that may be too large for memory.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rocket::data::{Data, FromData, Outcome, ToByteUnit};
use rocket::http::Method;
use rocket::request::Request;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncSeek};
use tokio_util::either::Either;

use super::body::{MOST_BYTES, TOO_LARGE, check_not_withheld};
use super::refuse;
use super::routing::covers;
use crate::error::Error;
use crate::locale::message;

/// The routes that take uploads. Any other route takes a body of at most [`MOST_BYTES`], in memory.
pub struct Uploads {
    directory: PathBuf,
    routes: Vec<UploadRoute>,
}

struct UploadRoute {
    method: Method,
    pattern: &'static str,
    most: u64,
}

impl Uploads {
    /// No routes yet. Temporary files will be in this directory; they have no names there.
    pub fn new(directory: &Path) -> Uploads {
        Uploads {
            directory: directory.to_owned(),
            routes: Vec::new(),
        }
    }

    /// Lets a route, by its whole pattern such as `/api/v1/tasks/<id>/attachments`, take bodies of so
    /// many bytes.
    #[must_use]
    pub fn allow(mut self, method: Method, pattern: &'static str, most: u64) -> Uploads {
        self.routes.push(UploadRoute {
            method,
            pattern,
            most,
        });
        self
    }

    /// The limit of a request's route, if it takes uploads.
    pub fn limit(&self, request: &Request<'_>) -> Option<u64> {
        let path = request.uri().path();
        let is_route =
            |route: &&UploadRoute| route.method == request.method() && covers(route.pattern, path);
        self.routes.iter().find(is_route).map(|route| route.most)
    }

    /// The directory of the temporary files.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

/// A body in memory or, if it is large, in a temporary file, which is deleted with this value.
pub struct Upload {
    content: Either<Cursor<Vec<u8>>, File>,
    length: u64,
}

/// The place where the listener leaves a body that is in a file.
#[derive(Default)]
struct Spooled(Mutex<Option<Upload>>);

impl Upload {
    /// A body that has been written to a file of this length, which stands at its beginning.
    pub fn of_file(file: File, length: u64) -> Upload {
        Upload {
            content: Either::Right(file),
            length,
        }
    }

    /// Number of bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// True if the body is in a file.
    pub fn is_in_file(&self) -> bool {
        matches!(self.content, Either::Right(_))
    }

    /// The bytes, from the beginning.
    pub fn into_reader(self) -> impl AsyncRead + AsyncSeek + Send + Unpin {
        self.content
    }

    /// Leaves the body for the guard of its request.
    pub fn leave(self, request: &Request<'_>) {
        let spooled = request.local_cache(Spooled::default);
        *spooled.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
    }

    fn take(request: &Request<'_>) -> Option<Upload> {
        let spooled = request.local_cache(Spooled::default);
        let mut upload = spooled.0.lock().unwrap_or_else(PoisonError::into_inner);
        upload.take()
    }

    async fn read(request: &Request<'_>, data: Data<'_>) -> Result<Upload, Error> {
        check_not_withheld(request)?;
        if let Some(upload) = Upload::take(request) {
            return Ok(upload);
        }
        let bytes = data
            .open(MOST_BYTES.bytes())
            .into_bytes()
            .await
            .map_err(|_| Error::Malformed(message!("error-body-unreadable")))?;
        if !bytes.is_complete() {
            return Err(TOO_LARGE);
        }
        let bytes = bytes.into_inner();
        Ok(Upload {
            length: bytes.len() as u64,
            content: Either::Left(Cursor::new(bytes)),
        })
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Upload {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match Upload::read(request, data).await {
            Ok(upload) => Outcome::Success(upload),
            Err(error) => Outcome::Error(refuse(request, error)),
        }
    }
}
