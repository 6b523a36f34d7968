-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_ticket_period (run_id, by, component, period, named, total, hidden, below, above, customers)
from stdin (format binary);
