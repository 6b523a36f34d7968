-- The slow path of service_restart: rows of a batch, to be merged by merge_service_restart. No parameters.
copy pg_temp.stage_service_restart (
    at, id, ended_at, component, actor, automatic, scope, manual_minutes, count, reason, host, exit_code, severity,
    extra
) from stdin (format binary)
