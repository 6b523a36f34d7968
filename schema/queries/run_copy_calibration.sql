-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_calibration (run_id, period, logged_hours, inferred_hours, people, items, ratio, low, high, used)
from stdin (format binary);
