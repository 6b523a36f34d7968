-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_team_week (run_id, team, week, toil, low, high, known)
from stdin (format binary);
