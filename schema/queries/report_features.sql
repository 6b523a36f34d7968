-- Units of development work by the week of their last booking. A unit that began in the first week of the run, or was
-- booked in the last week that is asked for, may not be whole: it is left out.
-- $1 bigint  run id
-- $2 text[]  components
-- $3 boolean all others instead: no group, nothing that is no component
-- $4 date    first Monday
-- $5 date    Monday after the last week
-- $6 date    first day of the run
-- $7 date    day after the last of the run
select
    date_trunc('week', last_day::timestamp)::date - date '1970-01-01' as week,
    sum(hours)::float8 as hours,
    count(*)::float8 as units
from (
    select ref, min(first_day) as first_day, max(last_day) as last_day, sum(hours::numeric) as hours
    from toilmeter.run_feature
    where run_id = $1::bigint
        and case when $3::boolean
            then component <> all ($2::text[]) and component not in ('(unmapped)', '(unexplained)', '(shared release)')
                and position(' | ' in component) = 0
            else component = any ($2::text[])
        end
    group by ref
) unit
where first_day >= $6::date + 7
    and last_day < $7::date - 7
    and last_day >= $4::date
    and last_day < $5::date
    and hours > 0
group by 1
order by 1;
