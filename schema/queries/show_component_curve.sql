-- Lag curves of a component's links: tickets observed and expected by lag behind the failures.
-- $1 bigint  run id
-- $2 text    component
select component, kind, topic, from_minutes, to_minutes, observed, expected
from toilmeter.run_link_curve
where run_id = $1::bigint and component = $2::text
order by component, kind, topic, from_minutes;
