//! The `Idempotency-Key` of a request: `http` reads it, and `work` stores outcomes under it.

/// A key of a client, and a digest of its request.
#[derive(Clone)]
pub struct IdempotencyKey {
    /// The value of the header.
    pub key: String,
    /// A digest of the operation, its target and its input.
    pub fingerprint: String,
}
