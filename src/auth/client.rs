//! The client of a request: its name for itself, its address, and its standing with the limits.

use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use super::Auth;
use crate::limits::Standings;
use crate::log::visible;

/// A longer one is a mistake or an attack, and nothing is lost by its end.
const USER_AGENT_CHARACTERS: usize = 500;

/// What a client says of itself, kept with its session and with what it does to an account.
#[derive(Clone, Default)]
pub struct Client {
    /// The `User-Agent` header, shortened, unseen characters escaped; empty if there is none.
    pub user_agent: String,
    /// The IP address that it comes from, by the connection or by what a trusted proxy says.
    pub address: String,
    /// What the limits say about its request.
    pub standings: Standings,
}

impl Client {
    /// Nobody from outside: the person who runs the server, at its command line.
    pub fn console() -> Client {
        Client::default()
    }

    pub(super) fn of(request: &Request<'_>) -> Client {
        let user_agent = request.headers().get_one("User-Agent").unwrap_or_default();
        Client {
            user_agent: visible(user_agent)
                .chars()
                .take(USER_AGENT_CHARACTERS)
                .collect(),
            address: address_of(request).unwrap_or_default(),
            standings: standings(request).clone(),
        }
    }
}

pub(super) fn address_of(request: &Request<'_>) -> Option<String> {
    let peer = request.remote()?.ip();
    let auth = request.rocket().state::<Auth>()?;
    let forwarded = request.headers().get("X-Forwarded-For");
    Some(auth.proxies.client(peer, forwarded).to_string())
}

/// What the limits have said about a request.
pub fn standings<'r>(request: &'r Request<'_>) -> &'r Standings {
    request.local_cache(Standings::default)
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Client {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Client, ()> {
        Outcome::Success(Client::of(request))
    }
}
