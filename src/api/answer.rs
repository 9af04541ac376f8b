//! JSON responses with their status, validators and headers.

use hyper::body::Bytes;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde::Serialize;

use crate::error::Error;
use crate::http::{BodyForms, Validators, whole_body};

/// A JSON response with its headers.
pub struct Answer<T> {
    status: Status,
    location: Option<String>,
    etag: Option<String>,
    replayed: bool,
    change_id: Option<String>,
    body: Content<T>,
}

enum Content<T> {
    /// A value to serialize.
    Value(T),
    /// Serialized JSON.
    Written(BodyForms),
    /// No body: the client has the current representation.
    Known,
}

impl<T> Answer<T> {
    /// Creates a 200 response.
    pub fn ok(body: T) -> Answer<T> {
        Answer {
            status: Status::Ok,
            location: None,
            etag: None,
            replayed: false,
            change_id: None,
            body: Content::Value(body),
        }
    }

    /// Creates a 200 response from serialized JSON.
    pub fn written(json: BodyForms) -> Answer<T> {
        Answer {
            body: Content::Written(json),
            ..Answer::known()
        }
    }

    /// Creates a 304 response, for a client that has the current representation.
    pub fn known() -> Answer<T> {
        Answer {
            status: Status::Ok,
            location: None,
            etag: None,
            replayed: false,
            change_id: None,
            body: Content::Known,
        }
    }

    /// Creates a 201 response with the path of the new resource.
    pub fn created(location: String, body: T) -> Answer<T> {
        Answer {
            status: Status::Created,
            location: Some(location),
            ..Answer::ok(body)
        }
    }

    /// Creates a 201 response with several new resources.
    pub fn created_together(body: T) -> Answer<T> {
        Answer {
            status: Status::Created,
            ..Answer::ok(body)
        }
    }

    /// 204, without a body.
    pub fn no_content() -> Answer<T> {
        Answer {
            status: Status::NoContent,
            location: None,
            etag: None,
            replayed: false,
            change_id: None,
            body: Content::Known,
        }
    }

    /// Adds an entity tag, including its quotes.
    pub fn tagged(mut self, etag: String) -> Answer<T> {
        self.etag = Some(etag);
        self
    }

    /// Marks the response as replayed if its `Idempotency-Key` was used before.
    pub fn replayed(mut self, replayed: bool) -> Answer<T> {
        self.replayed = replayed;
        self
    }

    /// States the id of the change, by which it can be undone.
    pub fn changed(mut self, change_id: Option<String>) -> Answer<T> {
        self.change_id = change_id;
        self
    }
}

impl<'r, T: Serialize> Responder<'r, 'static> for Answer<T> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(self.status);
        if let Some(location) = self.location {
            response.header(Header::new("Location", location));
        }
        if self.replayed {
            response.header(Header::new("Idempotency-Replayed", "true"));
        }
        if let Some(change_id) = self.change_id {
            response.header(Header::new("Docket-Change", change_id));
        }
        if self.status == Status::NoContent {
            return Ok(response.finalize());
        }
        response.header(ContentType::JSON);
        let mut known = matches!(self.body, Content::Known);
        if let Some(etag) = self.etag {
            let read = matches!(request.method(), Method::Get | Method::Head);
            known = known || read && Validators::of(request).have(&etag);
            response.header(Header::new("ETag", etag));
        }
        let written = match self.body {
            Content::Written(text) => Ok(text),
            Content::Value(value) => {
                serde_json::to_vec(&value).map(|text| Bytes::from(text).into())
            }
            Content::Known => Ok(Bytes::new().into()),
        };
        if known {
            return Ok(response.status(Status::NotModified).finalize());
        }
        let Ok(body) = written else {
            return Error::Internal("an answer cannot be written as JSON".into())
                .respond_to(request);
        };
        Ok(whole_body(request, &mut response, body).finalize())
    }
}
