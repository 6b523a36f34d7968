-- Weeks of one measure of all components, no group and nothing that is no component: what a component is compared with.
-- $1 bigint  run id
-- $2 text    measure
-- $3 text    part
-- $4 date    first Monday
-- $5 date    Monday after the last week
select measure, part, component, week - date '1970-01-01' as week, value, n, low, high, unit
from toilmeter.run_week
where run_id = $1::bigint
    and measure = $2::text
    and part = $3::text
    and component not in ('(unmapped)', '(unexplained)', '(shared release)')
    and position(' | ' in component) = 0
    and week >= $4::date
    and week < $5::date
order by component collate "C", week;
