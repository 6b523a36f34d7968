-- What report_budget says of a whole run, as `analyze` summed it up. Runs that were made before it did have no rows.
-- $1 bigint  run id
-- $2 text    team, or null
select team, week - date '1970-01-01' as week, toil, low, high, known
from toilmeter.run_team_week
where run_id = $1::bigint and ($2::text is null or team = $2::text)
order by team collate "C", week;
