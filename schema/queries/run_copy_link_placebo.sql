-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_link_placebo (run_id, component, kind, topic, name, excess, excess_low, excess_high, p, passed)
from stdin (format binary);
