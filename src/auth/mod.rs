//! Authentication: tokens, sessions, passwords and request guards.

mod api_tokens;
pub mod events;
mod guard;
mod jwt;
mod keyfile;
mod keyring;
mod lease;
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
mod user;

pub use api_tokens::{Secret, revoke_all};
pub use guard::{Sender, authenticated, cookies_of, current, is_unknown, last_user};
pub use jwt::{Claims, Tokens};
pub use keyfile::KeyFile;
pub use keyring::KeyRing;
pub use lease::{Lease, end_streams};
pub use origin::SameOrigin;
pub use passwords::{HashPermit, Passwords, password_length};
pub use refresh::refresh;
pub use scope::{
    AccountScope, FiltersRead, FiltersWrite, HasScope, LabelsRead, LabelsWrite, ProjectsRead,
    ProjectsWrite, Scope, Scoped, TasksRead, TasksWrite,
};
pub use sessions::{
    Session, Started, delete_expired, end, end_all, end_others, is_known_at, list, start,
};
pub use table::SESSIONS;
pub use user::{Source, User, is_client_name};

use token_uses::TokenUses;

use crate::config::Config;
use crate::error::Error;
pub use crate::keys::{Jwk, KeyAlgorithm, SigningKey};
use crate::limits::Limits;

/// State of authentication, apart from the database.
pub struct Auth {
    /// Signing keys.
    pub keys: KeyRing,
    /// Password hashing, with bounded concurrency.
    pub passwords: Passwords,
    /// Rate limits.
    pub limits: Limits,
    /// Times of use of API tokens that are not written yet.
    token_uses: TokenUses,
    /// Issues and verifies access tokens.
    pub tokens: Tokens,
    /// Lifetime of a session after its last refresh, in seconds.
    pub session_seconds: i64,
    /// True if anyone may register.
    pub registration: bool,
    /// True if cookies carry `Secure`.
    pub https: bool,
    /// The origin seen by browsers, if it differs from `Host`.
    pub public_url: Option<String>,
}

impl Auth {
    /// Creates the state from the settings. Reads the key file, or creates it.
    ///
    /// # Errors
    /// [`Error::Startup`] if the key file is unusable.
    pub fn new(config: &Config) -> Result<Auth, Error> {
        let keys = KeyRing::open(config)?;
        Ok(Auth {
            limits: Limits::new(config.limits.clone(), keys.oldest().secret()),
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

    /// Returns the full name of a cookie. With https, the prefix `__Host-` binds the cookie to this
    /// host and to TLS (RFC 6265bis, section 4.1.3.2).
    pub fn cookie_name(&self, name: &str) -> String {
        if self.https {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }
}
