-- The slow path of deployment: rows of a batch, to be merged by merge_deployment. No parameters.
copy pg_temp.stage_deployment (
    at, id, component, actor, automatic, scope, manual_minutes, ref, version_label, extra
) from stdin (format binary)
