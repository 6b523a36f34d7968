-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_funnel (run_id, position, stage, kind, count, why)
from stdin (format binary);
