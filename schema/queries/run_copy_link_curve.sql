-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_link_curve (run_id, component, kind, topic, from_minutes, to_minutes, observed, expected)
from stdin (format binary);
