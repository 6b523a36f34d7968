-- The fast path of measurement: rows of a batch, in the order of arrival. No parameters.
copy toilmeter.measurement (
    at, id, component, actor, automatic, scope, manual_minutes, metric, value, unit, extra
) from stdin (format binary)
