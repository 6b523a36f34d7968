-- What report_hours says of a whole run, as `analyze` summed it up. Runs that were made before it did have no rows. The
-- columns are those of report_hours.
-- $1 bigint  run id
-- $2 text    period: all (the whole window, period null), sprint, week, month
-- $3 text    team, or null
-- $4 text    component, or null; a group "a | b" that holds it counts, too
select
    component, team, kind, case when by <> 'all' then period - date '1970-01-01' end as period_day,
    hours, working, evening, night, declared, measured, inferred, calibrated,
    hours_gap10 as gap10, hours_gap20 as gap20, hours_gap30 as gap30, hours_gap60 as gap60,
    cost, hours_without_cost, days as evidence, followed
from toilmeter.run_hours_period
where run_id = $1::bigint and by = $2::text and activity = 'manual'
    and ($3::text is null or team = $3::text)
    and ($4::text is null or component = $4::text or $4::text = any (string_to_array(component, ' | ')))
    and (hours > 0 or hours_gap60 > 0)
order by run_hours_period.period, hours desc, component collate "C", kind collate "C";
