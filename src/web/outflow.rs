//! Answers in bounded memory.

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Method;
use rocket::response::Responder;
use rocket::{Request, Response};

use super::Handover;
use crate::auth::client_key;
use crate::error::Error;
use crate::limits::{Answers, UNCOUNTED_BYTES};

/// Has each large answer counted, or refused if there is no room.
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
        let size = response.body().preset_size().unwrap_or_default();
        if size <= UNCOUNTED_BYTES {
            handover.count_in(None);
            return;
        }
        // A write that was done is acknowledged in any case.
        if handover.has_share() || !matches!(request.method(), Method::Get | Method::Head) {
            return;
        }
        let Some(answers) = request.rocket().state::<Answers>() else {
            return;
        };
        let share = answers.hold(&client_key(request), size).await;
        if share.is_none() {
            handover.take(None);
            if let Ok(refusal) = Error::Busy.respond_to(request) {
                *response = refusal;
            }
        }
        handover.count_in(share);
    }
}
