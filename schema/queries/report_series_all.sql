-- Every measure of every component by week; of hours the range over gaps, too. In the order of measure and component.
-- $1 bigint  run id
-- $2 date    first Monday
-- $3 date    Monday after the last week
-- $4 text[]  components
select measure, component, week - date '1970-01-01' as week, value, n, low, high, unit
from toilmeter.run_week
where run_id = $1::bigint
    and part = ''
    and measure <> 'manual_cost'
    and measure <> 'csat'
    and component = any ($4::text[])
    and week >= $2::date
    and week < $3::date
order by measure, component, week;
