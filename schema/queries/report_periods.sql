-- What report_tickets and report_tickets_customers say of a whole run, as `analyze` summed it up. Runs that were made before
-- it did have no rows.
-- $1 bigint  run id
-- $2 text    period: sprint, week, month; all is the whole window (period null)
select
    t.component, case when t.by <> 'all' then t.period - date '1970-01-01' end as period_day,
    t.named, t.total, t.hidden, t.below, t.above,
    a.below as all_below, a.above as all_above, t.customers
from toilmeter.run_ticket_period t
join toilmeter.run_ticket_period a on a.run_id = t.run_id and a.by = 'all' and a.component = t.component
where t.run_id = $1::bigint and t.by = $2::text
order by t.period, t.total desc, t.component;
