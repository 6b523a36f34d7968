-- The slow path of work_log: rows of a batch, to be merged by merge_work_log. No parameters.
copy pg_temp.stage_work_log (
    at, id, version, ended_at, updated_at, component, actor, automatic, scope, manual_minutes, status, ref, activity,
    extra
) from stdin (format binary)
