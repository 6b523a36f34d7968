-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_fit (run_id, topic, tickets, baseline, candidates, ks, ks_p, dispersion, iterations, converged, why)
from stdin (format binary);
