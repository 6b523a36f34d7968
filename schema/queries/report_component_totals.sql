-- Manual hours and tickets of every component, groups and what is no component included.
-- $1 bigint  run id
-- $2 date    first Monday
-- $3 date    Monday after the last week
select component,
    coalesce(sum(value::numeric) filter (where measure = 'manual_hours'), 0)::float8 as hours,
    coalesce(sum(low::numeric) filter (where measure = 'manual_hours'), 0)::float8 as low,
    coalesce(sum(high::numeric) filter (where measure = 'manual_hours'), 0)::float8 as high,
    coalesce(sum(value::numeric) filter (where measure = 'tickets'), 0)::float8 as tickets
from toilmeter.run_week
where run_id = $1::bigint and measure in ('manual_hours', 'tickets') and part = '' and week >= $2::date and week < $3::date
group by component
order by hours desc, tickets desc, component;
