//! Rate-limit quotas of a request, for the headers of its response.

use std::sync::{Arc, Mutex, PoisonError};

use super::Rate;

/// Remainder of a quota.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Name of the limit.
    pub name: &'static str,
    /// Rate of the limit.
    pub rate: Rate,
    /// Remaining requests.
    pub left: u32,
}

/// Quotas counted for one request. Clones share the same list.
#[derive(Clone, Default)]
pub struct Quotas(Arc<Mutex<Vec<Quota>>>);

impl Quotas {
    /// Records a quota. Replaces an earlier one of the same limit.
    pub(super) fn record(&self, quota: Quota) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.name != quota.name);
        all.push(quota);
    }

    /// Returns the values of `RateLimit-Policy` and `RateLimit`
    /// (draft-ietf-httpapi-ratelimit-headers-10). `None` if no limit applied.
    pub fn headers(&self) -> Option<(String, String)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.is_empty() {
            return None;
        }
        let policies: Vec<_> = all.iter().map(Quota::policy).collect();
        let limits: Vec<_> = all.iter().map(Quota::limit).collect();
        Some((policies.join(", "), limits.join(", ")))
    }
}

impl Quota {
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
