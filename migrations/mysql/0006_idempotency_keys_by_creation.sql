CREATE INDEX idempotency_keys_by_creation ON idempotency_keys (user_id, created_at);
