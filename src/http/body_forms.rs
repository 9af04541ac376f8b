//! The body of a response in its codings.

use std::sync::{Arc, OnceLock};

use hyper::body::Bytes;

use super::coding::Coding;

/// A body is kept in a coding if that divides its size by this number at least.
const KEPT_DIVISOR: usize = 4;

/// The body of one response, or of several from a cache. It is compressed for the first of them, and
/// kept in that coding for the others, if it becomes small.
#[derive(Clone)]
pub struct BodyForms(Arc<Forms>);

struct Forms {
    plain: Bytes,
    coded: OnceLock<(Coding, Bytes)>,
}

impl From<Bytes> for BodyForms {
    fn from(plain: Bytes) -> BodyForms {
        BodyForms(Arc::new(Forms {
            plain,
            coded: OnceLock::new(),
        }))
    }
}

impl BodyForms {
    /// Memory that the forms take besides the bodies, in bytes: the reference counts of all three.
    pub const OVERHEAD: usize = size_of::<Forms>() + 6 * size_of::<usize>();

    /// Returns the body without a coding.
    pub fn plain(&self) -> &Bytes {
        &self.0.plain
    }

    /// Returns the most memory that the forms take, in bytes.
    pub fn most_bytes(&self) -> usize {
        let plain = self.0.plain.len();
        plain + plain / KEPT_DIVISOR
    }

    /// Returns the body in a coding.
    pub(super) fn coded(&self, coding: Coding) -> Bytes {
        let Forms { plain, coded } = &*self.0;
        if let Some((_, kept)) = coded.get().filter(|(kept, _)| *kept == coding) {
            return kept.clone();
        }
        let new = coding.compress(plain);
        if new.len() <= plain.len() / KEPT_DIVISOR {
            // Fails if it is kept in another coding.
            let _ = coded.set((coding, new.clone()));
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> BodyForms {
        BodyForms::from(Bytes::from(text.to_owned()))
    }

    #[test]
    fn a_body_is_kept_in_the_first_coding() {
        let body = body(&"<li class=\"task\">Buy oat milk</li>\n".repeat(200));
        let first = body.clone().coded(Coding::Gzip);
        assert_eq!(first, Coding::Gzip.compress(body.plain()));
        assert_eq!(body.coded(Coding::Gzip).as_ptr(), first.as_ptr());
        let other = body.coded(Coding::Brotli);
        assert_eq!(other, Coding::Brotli.compress(body.plain()));
        assert_ne!(body.coded(Coding::Brotli).as_ptr(), other.as_ptr());
        let kept = body.plain().len() + first.len();
        assert!(kept <= body.most_bytes(), "{kept}");
    }

    #[test]
    fn a_body_that_stays_large_is_not_kept_twice() {
        let body = body("0123456789abcdef");
        let first = body.coded(Coding::Gzip);
        assert!(body.plain().len() + first.len() > body.most_bytes());
        assert_ne!(body.coded(Coding::Gzip).as_ptr(), first.as_ptr());
    }
}
