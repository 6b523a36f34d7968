-- The slow path of support_ticket: rows of a batch, to be merged by merge_support_ticket. No parameters.
copy pg_temp.stage_support_ticket (
    at, id, version, updated_at, closed_at, component, actor, automatic, scope, manual_minutes, status, severity,
    topic, tags, customer, csat, extra
) from stdin (format binary)
