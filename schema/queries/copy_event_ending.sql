-- The fast path of event_ending: rows of a batch, in the order of arrival. No parameters.
copy toilmeter.event_ending (
    kind, id, ended_at, component, actor, automatic, scope, manual_minutes, count, reason, host, exit_code, queue,
    moved, severity, extra
) from stdin (format binary)
