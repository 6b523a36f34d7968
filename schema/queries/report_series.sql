-- Weeks of some components, every measure and part, in the order of measure, part, component and week.
-- $1 bigint  run id
-- $2 text[]  components
-- $3 date    first Monday
-- $4 date    Monday after the last week
select measure, part, component, week - date '1970-01-01' as week, value, n, low, high, unit
from toilmeter.run_week
where run_id = $1::bigint
    and component = any ($2::text[])
    and week >= $3::date
    and week < $4::date
order by measure collate "C", part collate "C", component collate "C", week;
