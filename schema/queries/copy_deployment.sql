-- The fast path of deployment: rows of a batch, in the order of arrival. No parameters.
copy toilmeter.deployment (
    at, id, component, actor, automatic, scope, manual_minutes, ref, version_label, extra
) from stdin (format binary)
