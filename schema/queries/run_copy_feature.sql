-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_feature (run_id, component, ref, first_day, last_day, hours)
from stdin (format binary);
