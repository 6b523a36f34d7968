-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_hours (run_id, component, team, kind, activity, day, hours, working, evening, night, declared, measured,
    inferred, calibrated, hours_gap10, hours_gap20, hours_gap30, hours_gap60, cost, followed)
from stdin (format binary);
