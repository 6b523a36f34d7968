-- Failures and attributed tickets of a component's links by week; the week's first day as days since 1970.
-- $1 bigint  run id
-- $2 text    component
select component, kind, topic, week - date '1970-01-01' as week_day, events, attributed
from toilmeter.run_link_week
where run_id = $1::bigint and component = $2::text
order by component, kind, topic, week;
