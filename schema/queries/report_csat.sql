-- What report_tickets_csat comes to for a whole run, as `analyze` told it. Runs that were made before it did have no rows.
-- $1 bigint  run id
-- $2 text    period: sprint, week, month; all is the whole window (period null)
select component, case when by <> 'all' then period - date '1970-01-01' end as period_day, customers, rest_customers,
    difference, low, high
from toilmeter.run_csat
where run_id = $1::bigint and by = $2::text
order by run_csat.period, component collate "C";
