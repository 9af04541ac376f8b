//! What the limits have said about a request, for the headers of its answer.

use std::sync::{Arc, Mutex, PoisonError};

use super::Rate;

/// Where someone stands with a limit.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The limit's name.
    pub name: &'static str,
    /// How often.
    pub rate: Rate,
    /// How much is left.
    pub left: u32,
}

/// All that was said about one request; clones are the same list.
#[derive(Clone, Default)]
pub struct Standings(Arc<Mutex<Vec<Standing>>>);

impl Standings {
    /// Adds one, in place of an earlier one of the same limit.
    pub(super) fn note(&self, standing: Standing) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.name != standing.name);
        all.push(standing);
    }

    /// The values of `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10),
    /// if any limit was asked.
    pub fn headers(&self) -> Option<(String, String)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.is_empty() {
            return None;
        }
        let policies: Vec<_> = all.iter().map(Standing::policy).collect();
        let limits: Vec<_> = all.iter().map(Standing::limit).collect();
        Some((policies.join(", "), limits.join(", ")))
    }
}

impl Standing {
    fn policy(&self) -> String {
        let Rate { count, seconds } = self.rate;
        format!("\"{}\";q={count};w={seconds}", self.name)
    }

    fn limit(&self) -> String {
        let missing = self.rate.microseconds(self.rate.count - self.left);
        let seconds = (missing + 999_999) / 1_000_000;
        format!("\"{}\";r={};t={seconds}", self.name, self.left)
    }
}
