-- The fast path of service_restart: rows of a batch, in the order of arrival. No parameters.
copy toilmeter.service_restart (
    at, id, ended_at, component, actor, automatic, scope, manual_minutes, count, reason, host, exit_code, severity,
    extra
) from stdin (format binary)
