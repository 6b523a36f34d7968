-- The fast path of queue_rebalance: rows of a batch, in the order of arrival. No parameters.
copy toilmeter.queue_rebalance (
    at, id, ended_at, component, actor, automatic, scope, manual_minutes, queue, moved, extra
) from stdin (format binary)
