-- Hours of a team by week: manual ones, with their range over gaps, and all that are known of it. Days are local dates.
-- $1 bigint  run id
-- $2 date    first day, or null
-- $3 date    day after the last, or null
-- $4 text    team, or null
select team, date_trunc('week', day::timestamp)::date - date '1970-01-01' as week,
    coalesce(sum(hours::numeric) filter (where activity in ('toil', 'incident')), 0)::float8 as toil,
    coalesce(sum(hours_gap10::numeric) filter (where activity in ('toil', 'incident')), 0)::float8 as low,
    coalesce(sum(hours_gap60::numeric) filter (where activity in ('toil', 'incident')), 0)::float8 as high,
    sum(hours::numeric)::float8 as known
from toilmeter.run_hours
where run_id = $1::bigint and team <> ''
    and ($2::date is null or day >= $2::date)
    and ($3::date is null or day < $3::date)
    and ($4::text is null or team = $4::text)
group by 1, 2
order by 1, 2;
