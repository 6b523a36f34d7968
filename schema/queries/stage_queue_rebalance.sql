-- The slow path of queue_rebalance: rows of a batch, to be merged by merge_queue_rebalance. No parameters.
copy pg_temp.stage_queue_rebalance (
    at, id, ended_at, component, actor, automatic, scope, manual_minutes, queue, moved, extra
) from stdin (format binary)
