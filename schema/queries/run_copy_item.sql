-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_item (run_id, item, touched, customers, rest_customers, difference, low, high)
from stdin (format binary);
