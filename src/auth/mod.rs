//! Who is asking: tokens, sessions, passwords, and the request guards that prove it.

mod api_tokens;
mod client;
mod guard;
mod jwt;
mod keyfile;
mod keyring;
mod keys;
mod origin;
mod passwords;
mod refresh;
mod refresh_token;
mod scope;
mod session_loader;
mod sessions;
mod strength;
mod table;
mod token_uses;

pub use api_tokens::{Secret, revoke_all};
pub use client::{Client, standings};
pub use guard::{
    Sender, Source, User, authenticated, client_key, cookies_of, current, is_unknown, user_id,
};
pub use jwt::{Claims, Tokens};
pub use keyfile::KeyFile;
pub use keyring::KeyRing;
pub use keys::{Jwk, KeyAlgorithm, SigningKey};
pub use origin::SameOrigin;
pub use passwords::{Passwords, Turn, password_length};
pub use refresh::refresh;
pub use scope::{AccountScope, Scope, Scoped, TasksRead, TasksWrite};
pub use sessions::{
    Session, Started, delete_expired, end, end_all, end_others, is_known_at, list, start,
};
pub use table::SESSIONS;

use token_uses::TokenUses;

use crate::config::Config;
use crate::error::Error;
use crate::limits::{Limits, Proxies};

/// Everything that signing in needs beside the database.
pub struct Auth {
    /// The signing keys.
    pub keys: KeyRing,
    /// The password hash, with its bound.
    pub passwords: Passwords,
    /// How often who may do what.
    pub limits: Limits,
    /// Who is believed about the address of a client.
    pub proxies: Proxies,
    /// The last uses of API tokens, which are still to be written.
    token_uses: TokenUses,
    /// What access tokens say and how long they hold.
    pub tokens: Tokens,
    /// How many seconds a session lasts after its last refresh.
    pub session_seconds: i64,
    /// Whether strangers may make accounts.
    pub registration: bool,
    /// Whether cookies are for https only.
    pub https: bool,
    /// The origin that browsers see, where it is not that of `Host`.
    pub public_url: Option<String>,
}

impl Auth {
    /// The parts that the settings ask for; reads or makes the key file.
    pub fn new(config: &Config) -> Result<Auth, Error> {
        let keys = KeyRing::open(config)?;
        Ok(Auth {
            limits: Limits::new(config.limits.clone(), keys.oldest().secret()),
            proxies: config.trusted_proxies.clone(),
            keys,
            token_uses: TokenUses::default(),
            passwords: Passwords::new(config.argon2_jobs),
            tokens: Tokens {
                issuer: config.jwt_issuer.clone(),
                audience: config.jwt_audience.clone(),
                seconds: config.access_token_seconds,
            },
            session_seconds: i64::from(config.session_days) * 86_400,
            registration: config.registration,
            https: config.https(),
            public_url: config.public_url.clone(),
        })
    }

    /// The name of a cookie: over https with the prefix that binds it to this host and to TLS
    /// (RFC 6265bis, section 4.1.3.2).
    pub fn cookie_name(&self, name: &str) -> String {
        if self.https {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }
}
