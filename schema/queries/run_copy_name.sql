-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_name (run_id, raw, component, events)
from stdin (format binary);
