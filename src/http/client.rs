//! The client of a request: user agent, IP address, user and rate-limit quotas.

use std::sync::OnceLock;

use rocket::Request;
use rocket::request::{FromRequest, Outcome};

use crate::limits::{Proxies, Quotas};
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

    /// Returns the client of a request.
    pub fn of(request: &Request<'_>) -> Client {
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

fn address_of(request: &Request<'_>) -> Option<String> {
    let peer = request.remote()?.ip();
    let proxies = request.rocket().state::<Proxies>()?;
    let forwarded = request.headers().get("X-Forwarded-For");
    Some(proxies.client(peer, forwarded).to_string())
}

/// The id of the user, noted once the request is authenticated.
#[derive(Default)]
struct Authenticated(OnceLock<String>);

/// Notes the user of an authenticated request.
pub fn note_user(request: &Request<'_>, user_id: &str) {
    let authenticated = request.local_cache(Authenticated::default);
    authenticated.0.get_or_init(|| user_id.to_owned());
}

/// Returns the id of the user, if a guard has authenticated the request by any kind of token.
pub fn user_id<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    let authenticated = request.local_cache(Authenticated::default);
    authenticated.0.get().map(String::as_str)
}

/// Returns the key by which limits count a request: the user's id once a guard has authenticated
/// it, otherwise the client's address.
pub fn client_key(request: &Request<'_>) -> String {
    user_id(request)
        .map(str::to_owned)
        .or_else(|| address_of(request))
        .unwrap_or_default()
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
