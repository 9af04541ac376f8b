//! Rate limits. A limited client is told when to retry, and no limit is permanent.

mod answers;
mod deadlines;
mod proxies;
mod quota;
mod rate;
mod service;
mod streams;
mod table;

pub use crate::slots::{Slot, Slots};
pub use answers::{Answers, Share, UNCOUNTED_BYTES};
pub use proxies::{Proxies, network};
pub use quota::{Quota, Quotas};
pub use rate::{Rate, parse_rate};
pub use service::{Limit, Limits, Rates, delete_whole};
pub use streams::{OpenStream, Streams};
pub use table::RATE_LIMITS;
