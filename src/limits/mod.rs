//! Rate limits: how often who may do what. Who asks too often is told when to ask again, and by the
//! passing of time alone is never shut out for good.

mod answers;
mod leases;
mod proxies;
mod rate;
mod service;
mod slots;
mod standing;

pub use answers::{Answers, Share, UNCOUNTED_BYTES};
pub use proxies::Proxies;
pub use rate::{Rate, parse_rate};
pub use service::{Limit, Limits, Rates};
pub use slots::{Slot, Slots};
pub use standing::{Standing, Standings};
