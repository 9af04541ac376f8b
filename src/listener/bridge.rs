//! From a request of hyper to one of Rocket, and back with the answer.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderValue};
use hyper::{Request, Response, StatusCode};
use rocket::local::asynchronous::{Client, LocalRequest, LocalResponse};

use super::activity::{Activity, Phase};
use super::intake::{Intake, Read, Sender};
use super::request::{ask, lead_nowhere};
use crate::auth::{authenticated, client_key};
use crate::log;
use crate::web::{Handover, Withheld, request_id};

/// What all connections share.
pub struct Bridge {
    rocket: Arc<Client>,
    intake: Intake,
}

impl Bridge {
    /// To this Rocket.
    pub fn new(rocket: Arc<Client>) -> Bridge {
        Bridge {
            rocket,
            intake: Intake::new(),
        }
    }

    /// Answers a request. The work goes on to its end even if the client leaves meanwhile, and so the
    /// memory that it takes is counted to its end.
    pub async fn answer(
        self: Arc<Bridge>,
        request: Request<Incoming>,
        peer: SocketAddr,
        activity: Arc<Activity>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        activity.enter(Phase::Body);
        let seen = activity.clone();
        let work = tokio::spawn(async move {
            let (head, body) = request.into_parts();
            let local = ask(&self.rocket, &head, peer);
            // It holds what was read from the connection.
            drop(head);
            let id = request_id(local.inner()).to_owned();
            // Unboxed, it would be moved, and room be kept for it in each place that it has had.
            let answered = Box::pin(self.work(local, body, &seen));
            log::within(&id, answered).await
        });
        // Rocket catches what panics in a handler; beyond that there is nobody to say more.
        let response = work.await.unwrap_or_else(|_| broken());
        activity.enter(Phase::Writing);
        Ok(response)
    }

    async fn work(
        &self,
        mut local: LocalRequest<'_>,
        body: Incoming,
        activity: &Activity,
    ) -> Response<Full<Bytes>> {
        let handover = Handover::default();
        local.local_cache(|| handover.clone());
        let read = self.intake.read(body, sender(&local), activity).await;
        activity.enter(Phase::Handling);
        let is_whole = matches!(read, Read::Whole(..));
        let mut _room = None;
        match read {
            Read::Whole(bytes, room) => {
                _room = room;
                if !bytes.is_empty() {
                    local.set_body(bytes);
                }
            }
            Read::Withheld => {
                local.local_cache(|| Withheld(true));
            }
            Read::Broken(error) => {
                let target = local.uri().to_string();
                lead_nowhere(&mut local, &target, error);
            }
        }
        let mut response = give(local.dispatch().await, &handover).await;
        if !is_whole {
            // The rest of the body would be taken for the next request.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        response
    }
}

/// The sender of a large body.
async fn sender(local: &LocalRequest<'_>) -> Sender {
    let request = local.inner();
    match authenticated(request).await {
        Some(user_id) => Sender::User(user_id.to_owned()),
        None if request.content_type().is_some_and(|kind| kind.is_form()) => {
            Sender::Stranger(client_key(request))
        }
        None => Sender::Nobody,
    }
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
        Some(body) => answer
            .body(Full::new(handover.counted(body)))
            .unwrap_or_else(|_| broken()),
        None => broken(),
    }
}

fn broken() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
