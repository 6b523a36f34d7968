-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_team (run_id, team, people)
from stdin (format binary);
