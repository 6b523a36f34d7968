-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_week (run_id, measure, part, component, week, value, n, low, high, unit)
from stdin (format binary);
