-- What item_customers and item_csat come to for a whole run, as `analyze` told it. Runs that were made before it did have no
-- row.
-- $1 bigint  run id
-- $2 text    item
select '' as component, null::integer as period_day, customers, rest_customers, difference, low, high, touched
from toilmeter.run_item
where run_id = $1::bigint and item = $2::text;
