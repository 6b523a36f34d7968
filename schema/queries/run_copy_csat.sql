-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_csat (run_id, by, component, period, customers, rest_customers, difference, low, high)
from stdin (format binary);
