-- Logged work that is not manual toil: features, debt and the rest.
-- $1 bigint  run id
-- $2 date    first day, or null
-- $3 date    day after the last, or null
-- $4 text    team, or null
-- $5 text    component, or null
select activity, sum(hours::numeric) as hours
from toilmeter.run_hours
where run_id = $1::bigint
    and activity not in ('toil', 'incident')
    and ($2::date is null or day >= $2::date)
    and ($3::date is null or day < $3::date)
    and ($4::text is null or team = $4::text)
    and ($5::text is null or component = $5::text)
group by activity
order by activity;
