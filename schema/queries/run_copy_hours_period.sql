-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_hours_period (run_id, by, period, component, team, kind, activity, hours, working, evening, night, declared,
    measured, inferred, calibrated, hours_gap10, hours_gap20, hours_gap30, hours_gap60, cost, hours_without_cost, days, followed)
from stdin (format binary);
