//! The client of a request: user agent, IP address and rate-limit quotas.

use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use super::Auth;
use crate::limits::Quotas;
use crate::log::visible;

/// Maximum length of a stored user agent. Longer values are truncated.
const USER_AGENT_CHARACTERS: usize = 500;

/// The client of a request. Sessions and security events record its user agent and address.
#[derive(Clone, Default)]
pub struct Client {
    /// The `User-Agent` header, truncated, with invisible characters escaped. Empty if absent.
    pub user_agent: String,
    /// IP address of the client: the peer of the connection, or the address a trusted proxy
    /// forwards.
    pub address: String,
    /// Rate-limit quotas counted for the request.
    pub quotas: Quotas,
}

impl Client {
    /// The client of commands run by the operator at the command line. It has no address.
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
            quotas: quotas(request).clone(),
        }
    }
}

pub(super) fn address_of(request: &Request<'_>) -> Option<String> {
    let peer = request.remote()?.ip();
    let auth = request.rocket().state::<Auth>()?;
    let forwarded = request.headers().get("X-Forwarded-For");
    Some(auth.proxies.client(peer, forwarded).to_string())
}

/// Returns the rate-limit quotas counted for a request so far.
pub fn quotas<'r>(request: &'r Request<'_>) -> &'r Quotas {
    request.local_cache(Quotas::default)
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Client {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Client, ()> {
        Outcome::Success(Client::of(request))
    }
}
