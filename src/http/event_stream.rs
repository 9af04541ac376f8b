//! Responses of server-sent events (WHATWG HTML, section 9.2).

use rocket::futures::stream::{BoxStream, StreamExt, poll_fn};
use rocket::http::{ContentType, Header};
use rocket::response::{self, Responder, Response};
use rocket::{Request, tokio::io::empty};

use super::{Handover, request_id};
use crate::log;

/// Events as text, each with the blank line at its end. The stream outlives its request: an open one
/// keeps none of the request's memory.
pub struct EventStream(pub BoxStream<'static, String>);

impl<'r> Responder<'r, 'static> for EventStream {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let handover: &Handover = request.local_cache(Handover::default);
        let id = request_id(request).to_owned();
        let mut events = self.0;
        // A span for each poll, because an open one takes memory and an open stream mostly waits.
        let logged = poll_fn(move |context| log::with(&id, || events.poll_next_unpin(context)));
        handover.leave_events(logged.map(Into::into).boxed());
        Ok(Response::build()
            .header(ContentType::EventStream)
            .header(Header::new("Cache-Control", "no-store"))
            // Proxies such as nginx would collect the events otherwise.
            .header(Header::new("X-Accel-Buffering", "no"))
            // The listener sends the events instead.
            .streamed_body(empty())
            .finalize())
    }
}
