-- Manual hours by component, team, kind and period; followed is null in runs that were made before attribution. Days are local dates in the catalog's zone, as days since 1970.
-- Sums are taken as numeric, so that they come out the same in whatever order the rows are read.
-- $1 bigint  run id
-- $2 date    first day, or null
-- $3 date    day after the last, or null
-- $4 text    period: sprint, week, month; anything else is the whole window (period null)
-- $5 date    first day of some sprint
-- $6 integer days of a sprint
-- $7 text    team, or null
-- $8 text    component, or null; a group "a | b" that holds it counts, too
select
    component, team, kind, period - date '1970-01-01' as period_day,
    sum(hours::numeric) as hours,
    sum(working::numeric) as working, sum(evening::numeric) as evening, sum(night::numeric) as night,
    sum(declared::numeric) as declared, sum(measured::numeric) as measured, sum(inferred::numeric) as inferred, sum(calibrated::numeric) as calibrated,
    sum(hours_gap10::numeric) as gap10, sum(hours_gap20::numeric) as gap20, sum(hours_gap30::numeric) as gap30, sum(hours_gap60::numeric) as gap60,
    sum(cost::numeric) as cost, coalesce(sum(hours::numeric) filter (where cost is null), 0) as hours_without_cost,
    count(*) as evidence,
    sum(followed::numeric) as followed
from (
    select *,
        case $4::text
            when 'sprint' then $5::date + (floor((day - $5::date)::numeric / $6::integer) * $6::integer)::integer
            when 'week' then date_trunc('week', day::timestamp)::date
            when 'month' then date_trunc('month', day::timestamp)::date
        end as period
    from toilmeter.run_hours
    where run_id = $1::bigint
        and activity in ('toil', 'incident')
        and ($2::date is null or day >= $2::date)
        and ($3::date is null or day < $3::date)
        and ($7::text is null or team = $7::text)
        and ($8::text is null or component = $8::text or $8::text = any (string_to_array(component, ' | ')))
) manual
group by component, team, kind, period
having sum(hours::numeric) > 0 or sum(hours_gap60::numeric) > 0
order by period nulls first, sum(hours::numeric) desc, component, kind;
