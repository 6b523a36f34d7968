-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_link_week (run_id, component, kind, topic, week, events, attributed)
from stdin (format binary);
