-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_ticket_share (run_id, id, component, share, how, low, high, kind, event_at)
from stdin (format binary);
