//! Conversion between hyper's requests and responses and those of Rocket.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::Either;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::{Request, Response};
use rocket::local::asynchronous::{Client, LocalRequest};
use tokio::sync::{oneshot, watch};

use super::activity::{Activity, Phase};
use super::intake::{Bounds, Intake, Read, Sender};
use super::request::{ask, lead_nowhere};
use super::response::{Outgoing, Rest, broken, into_response};
use super::spool::Content;
use crate::auth::authenticated;
use crate::http::{Handover, Withheld, client_key, request_id};
use crate::log;

/// State shared by all connections.
pub struct Bridge {
    rocket: Arc<Client>,
    intake: Intake,
    stop: watch::Receiver<bool>,
}

impl Bridge {
    /// Creates a bridge to a Rocket instance. Streams end when `stop` becomes true.
    pub fn new(rocket: Arc<Client>, stop: watch::Receiver<bool>) -> Bridge {
        Bridge {
            rocket,
            intake: Intake::new(),
            stop,
        }
    }

    /// Answers a request. The handler runs to completion even if the client disconnects, so that
    /// its memory stays accounted for. A stream ends when its client disconnects.
    pub async fn answer(
        self: Arc<Bridge>,
        request: Request<Incoming>,
        peer: SocketAddr,
        activity: Arc<Activity>,
    ) -> Result<Response<Outgoing>, Infallible> {
        activity.enter(Phase::Body);
        let seen = activity.clone();
        let (sender, response) = oneshot::channel();
        tokio::spawn(async move {
            let (head, body) = request.into_parts();
            let local = ask(&self.rocket, &head, peer);
            // Releases the connection's read buffer.
            drop(head);
            let id = request_id(local.inner()).to_owned();
            // An unboxed future would be moved, and each move would reserve stack space for it.
            let work = Box::pin(self.work(local, body, &seen, sender));
            let rest = log::within(&id, work).await;
            // The memory of the work is free while a stream lasts.
            if let Some(rest) = rest {
                log::within(&id, Box::pin(rest.send(self.stop.clone()))).await;
            }
        });
        // Rocket catches panics in handlers. After any other panic, no details are available.
        let response = response.await.unwrap_or_else(|_| broken());
        activity.enter(match response.body() {
            Either::Left(_) => Phase::Writing,
            Either::Right(_) => Phase::Streaming,
        });
        Ok(response)
    }

    /// Has a request handled and the response sent. Returns the rest of a stream.
    async fn work<'c>(
        &self,
        mut local: LocalRequest<'c>,
        body: Incoming,
        activity: &Arc<Activity>,
        sender: oneshot::Sender<Response<Outgoing>>,
    ) -> Option<Rest<'c>> {
        let handover = Handover::default();
        local.local_cache(|| handover.clone());
        let bounds = Bounds::of(local.inner());
        let read = self
            .intake
            .read(body, bounds, sender_of(&local), activity)
            .await;
        activity.enter(Phase::Handling);
        let is_whole = matches!(read, Read::Whole(..));
        let mut _share = None;
        match read {
            Read::Whole(content, share) => {
                _share = share;
                match content {
                    Content::Bytes(bytes) if bytes.is_empty() => {}
                    Content::Bytes(bytes) => local.set_body(bytes),
                    Content::File(upload) => upload.leave(local.inner()),
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
        let response = local.dispatch().await;
        let (mut response, rest) = into_response(response, &handover, activity, &self.stop).await;
        if !is_whole {
            // The unread rest of the body would be parsed as the next request.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        // Otherwise the client has disconnected.
        sender.send(response).ok().and(rest)
    }
}

/// Returns the sender of a large body.
async fn sender_of(local: &LocalRequest<'_>) -> Sender {
    let request = local.inner();
    match authenticated(request).await {
        Some(user_id) => Sender::User(user_id.to_owned()),
        None if request.content_type().is_some_and(|kind| kind.is_form()) => {
            Sender::Stranger(client_key(request))
        }
        None => Sender::Nobody,
    }
}
