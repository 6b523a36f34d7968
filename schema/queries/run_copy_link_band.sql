-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_link_band (run_id, component, kind, topic, from_minutes, to_minutes, lead, observed, expected, excess,
    excess_low, excess_high, p, q, clusters, clusters_paired, clusters_carrying, attributed)
from stdin (format binary);
