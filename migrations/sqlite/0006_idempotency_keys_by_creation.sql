CREATE INDEX idempotency_keys_by_creation ON idempotency_keys (created_at);
