-- The slow path of measurement: rows of a batch, to be merged by merge_measurement. No parameters.
copy pg_temp.stage_measurement (
    at, id, component, actor, automatic, scope, manual_minutes, metric, value, unit, extra
) from stdin (format binary)
