-- The slow path of event_ending: rows of a batch, to be merged by merge_event_ending. No parameters.
copy pg_temp.stage_event_ending (
    kind, id, ended_at, component, actor, automatic, scope, manual_minutes, count, reason, host, exit_code, queue,
    moved, severity, extra
) from stdin (format binary)
