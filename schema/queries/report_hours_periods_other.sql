-- What report_hours_other says of a whole run, as `analyze` summed it up.
-- $1 bigint  run id
-- $2 text    team, or null
-- $3 text    component, or null
select activity, sum(hours::numeric) as hours
from toilmeter.run_hours_period
where run_id = $1::bigint and by = 'all' and activity <> 'manual'
    and ($2::text is null or team = $2::text)
    and ($3::text is null or component = $3::text)
group by activity
order by activity collate "C";
