-- A measure of some components by week. Sums are taken as numeric, so that they come out the same in whatever order the
-- rows are read. The level is the geometric mean of the components' medians, each counting the same.
-- $1 bigint  run id
-- $2 text    measure
-- $3 text    part
-- $4 text[]  components
-- $5 boolean all others instead: no group, nothing that is no component
-- $6 date    first Monday
-- $7 date    Monday after the last week
select
    week - date '1970-01-01' as week,
    sum(value::numeric)::float8 as value,
    sum(n::numeric)::float8 as n,
    sum(low::numeric)::float8 as low,
    sum(high::numeric)::float8 as high,
    exp(avg(ln(value) order by component) filter (where value > 0)) as level,
    count(*) filter (where value > 0) as components,
    min(unit) as unit
from toilmeter.run_week
where run_id = $1::bigint
    and measure = $2::text
    and part = $3::text
    and case when $5::boolean
        then component <> all ($4::text[]) and component not in ('(unmapped)', '(unexplained)', '(shared release)')
            and position(' | ' in component) = 0
        else component = any ($4::text[])
    end
    and week >= $6::date
    and week < $7::date
group by week
order by week;
