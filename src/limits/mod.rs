//! Rate limits: how often who may do what. Who asks too often is told when to ask again, and by the
//! passing of time alone is never shut out for good.

mod answers;
mod deadlines;
mod proxies;
mod rate;
mod service;
mod standing;
mod streams;
mod table;

pub use crate::slots::{Slot, Slots};
pub use answers::{Answers, Share, UNCOUNTED_BYTES};
pub use proxies::{Proxies, network};
pub use rate::{Rate, parse_rate};
pub use service::{Limit, Limits, Rates, delete_whole};
pub use standing::{Standing, Standings};
pub use streams::{OpenStream, Streams};
pub use table::RATE_LIMITS;
