-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_ticket (run_id, id, at, closed_at, status, severity, topic, scope, customer, csat, versions, tags)
from stdin (format binary);
