-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_ticket_count (run_id, tickets, customers, rated)
from stdin (format binary);
