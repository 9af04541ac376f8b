//! Responses in bounded memory, and in bounded number where they are streamed.

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Method;
use rocket::response::Responder;
use rocket::{Request, Response};

use super::{Handover, client_key};
use crate::error::Error;
use crate::limits::{Answers, Streams, UNCOUNTED_BYTES};

/// Counts each large response and each stream, and refuses it if there is no room.
pub struct Outflow;

/// Makes sure that the answer to a write of this user will have room.
pub(crate) async fn reserve(request: &Request<'_>, user_id: &str) -> bool {
    let handover: &Handover = request.local_cache(Handover::default);
    if handover.has_share() {
        return true;
    }
    let Some(answers) = request.rocket().state::<Answers>() else {
        return false;
    };
    let share = answers.reserve(user_id).await;
    let reserved = share.is_some();
    handover.count_in(share);
    reserved
}

#[rocket::async_trait]
impl Fairing for Outflow {
    fn info(&self) -> Info {
        Info {
            name: "Outflow",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let handover: &Handover = request.local_cache(Handover::default);
        // Rocket measures a file when it is asked for its size.
        let size = response.body_mut().size().await.unwrap_or_default();
        if handover.is_streamed(response.body()) {
            handover.count_in(None);
            let Some(streams) = request.rocket().state::<Streams>() else {
                return;
            };
            let stream = streams.open(&client_key(request)).await;
            // A write that was done is acknowledged in any case, so its response is no stream.
            if stream.is_none() && is_read(request) {
                handover.take_events();
                refuse(request, response);
            }
            handover.count_as_stream(stream);
            return;
        }
        if size <= UNCOUNTED_BYTES {
            handover.count_in(None);
            return;
        }
        // A write that was done is acknowledged in any case.
        if handover.has_share() || !is_read(request) {
            return;
        }
        let Some(answers) = request.rocket().state::<Answers>() else {
            return;
        };
        let share = answers.hold(&client_key(request), size).await;
        if share.is_none() {
            handover.take(None);
            refuse(request, response);
        }
        handover.count_in(share);
    }
}

fn is_read(request: &Request<'_>) -> bool {
    matches!(request.method(), Method::Get | Method::Head)
}

fn refuse<'r>(request: &'r Request<'_>, response: &mut Response<'r>) {
    if let Ok(refusal) = Error::Busy.respond_to(request) {
        *response = refusal;
    }
}
