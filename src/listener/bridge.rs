//! From a request of hyper to one of Rocket, and back with the answer.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, COOKIE, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode};
use rocket::http::uri::Origin;
use rocket::http::{Cookie, Header, Method};
use rocket::local::asynchronous::{Client, LocalRequest, LocalResponse};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use super::activity::{Activity, LEAST_RATE, Phase};
use crate::error::Error;
use crate::log;
use crate::web::{Handover, MOST_BYTES, Received, refuse, request_id};

/// How long a client may take before the first bytes of a body.
const BODY: Duration = Duration::from_secs(10);

/// A body above this takes one of the places for large ones, so that the memory for bodies is
/// bounded whatever the number of connections.
const LARGE_BYTES: usize = 64 << 10;
const LARGE_BODIES: usize = 64;

/// What all connections share.
pub struct Bridge {
    rocket: Arc<Client>,
    large: Semaphore,
}

impl Bridge {
    /// To this Rocket.
    pub fn new(rocket: Arc<Client>) -> Bridge {
        Bridge {
            rocket,
            large: Semaphore::new(LARGE_BODIES),
        }
    }

    /// Answers a request. The work goes on to its end even if the client leaves meanwhile.
    pub async fn answer(
        self: Arc<Bridge>,
        request: Request<Incoming>,
        peer: SocketAddr,
        activity: &Activity,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        activity.enter(Phase::Body);
        let (head, body) = request.into_parts();
        let bridge = self.clone();
        let (body, received, _place) = bridge.read(body).await;
        activity.enter(Phase::Handling);
        let rocket = self.rocket.clone();
        let work = tokio::spawn(async move {
            let mut local = ask(&rocket, &head, peer);
            // It holds what was read from the connection.
            drop(head);
            local.local_cache(|| received);
            let handover = Handover::default();
            local.local_cache(|| handover.clone());
            if !body.is_empty() {
                local.set_body(body);
            }
            let id = request_id(local.inner()).to_owned();
            // Unboxed, it would be moved, and room be kept for it in each place that it has had.
            let answered = Box::pin(async move { give(local.dispatch().await, &handover).await });
            log::within(&id, answered).await
        });
        // Rocket catches what panics in a handler; beyond that there is nobody to say more.
        let mut response = work.await.unwrap_or_else(|_| broken());
        if received != Received::Whole {
            // The rest of the body would be taken for the next request.
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        activity.enter(Phase::Writing);
        Ok(response)
    }

    /// Reads a body to its end, as far as it may go. A large one holds its place until it has been
    /// dealt with.
    async fn read(&self, mut body: Incoming) -> (Vec<u8>, Received, Option<SemaphorePermit<'_>>) {
        let most = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX);
        if body.size_hint().lower() > MOST_BYTES {
            return (Vec::new(), Received::TooLarge, None);
        }
        let started = Instant::now();
        let mut bytes = Vec::new();
        let mut place = None;
        while !body.is_end_stream() {
            let deadline = started + BODY + Duration::from_secs(bytes.len() as u64 / LEAST_RATE);
            if bytes.len() > LARGE_BYTES && place.is_none() {
                match timeout_at(deadline, self.large.acquire()).await {
                    Ok(Ok(permit)) => place = Some(permit),
                    _ => return (Vec::new(), Received::NoRoom, None),
                }
            }
            match timeout_at(deadline, body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        bytes.extend_from_slice(&data);
                    }
                }
                Ok(None) => break,
                Ok(Some(Err(_))) => return (Vec::new(), Received::Broken, None),
                Err(_) => return (Vec::new(), Received::TooSlow, None),
            }
            if bytes.len() > most {
                return (Vec::new(), Received::TooLarge, None);
            }
        }
        (bytes, Received::Whole, place)
    }
}

/// The request as Rocket has it.
fn ask<'c>(
    rocket: &'c Client,
    head: &hyper::http::request::Parts,
    peer: SocketAddr,
) -> LocalRequest<'c> {
    // What no route can have is answered like any other method that the path has not.
    let method = head.method.as_str().parse().unwrap_or(Method::Trace);
    let target = head.uri.path_and_query().map_or("/", |uri| uri.as_str());
    let origin = Origin::parse_owned(target.to_owned());
    let readable = origin.is_ok();
    let mut request = match origin {
        Ok(origin) => rocket.req(method, origin),
        // Rocket would answer this without a fairing, and so without the headers of any answer.
        Err(_) => rocket.req(method, nowhere(target)),
    };
    request = request.remote(peer);
    for cookie in cookies(&head.headers) {
        request = request.cookie(cookie);
    }
    for (name, value) in &head.headers {
        // Rocket's headers are text.
        if let Ok(value) = std::str::from_utf8(value.as_bytes()) {
            request.add_header(Header::new(name.as_str().to_owned(), value.to_owned()));
        }
    }
    if !readable {
        let detail = "The address has characters that must be percent-encoded.";
        refuse(request.inner(), Error::Malformed(detail.into()));
    }
    request
}

/// A path that no route has, on the same side of the API.
fn nowhere(target: &str) -> &'static str {
    match target.starts_with("/api/") {
        true => "/api/-",
        false => "/-",
    }
}

/// The cookies of a request (RFC 6265, section 4.2.1), as they stand there; what is none is left
/// out. Were `%5F%5FHost-` read as `__Host-`, any page of the domain could set what that prefix
/// keeps for this host.
pub(crate) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'static>> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| std::str::from_utf8(header.as_bytes()).ok())
        .flat_map(|header| header.split(';'))
        .filter(|pair| !pair.trim().contains(char::is_control))
        .filter_map(|pair| Cookie::parse(pair.trim()).ok())
        .map(Cookie::into_owned)
}

/// The answer as hyper has it.
async fn give(response: LocalResponse<'_>, handover: &Handover) -> Response<Full<Bytes>> {
    let mut answer = Response::builder().status(response.status().code);
    for header in response.headers().iter() {
        answer = answer.header(header.name.as_str(), header.value.as_bytes());
    }
    let size = response.body().preset_size();
    if let Some(size) = size
        && response.status().code != 204
    {
        answer = answer.header(CONTENT_LENGTH, size);
    }
    if response.body().is_none() {
        return answer.body(Full::default()).unwrap_or_else(|_| broken());
    }
    let body = match handover.take(size) {
        Some(body) => Some(body),
        None => response.into_bytes().await.map(Bytes::from),
    };
    match body {
        Some(body) => answer.body(Full::new(body)).unwrap_or_else(|_| broken()),
        None => broken(),
    }
}

fn broken() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
