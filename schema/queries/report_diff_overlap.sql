-- Tickets and manual hours of two runs within the window that both cover: where they differ although settings and
-- catalog are the same, data came late. One row.
-- $1 bigint      run id, the earlier
-- $2 bigint      run id, the later
-- $3 timestamptz beginning of the common window
-- $4 timestamptz its end (exclusive)
-- $5 date        first whole local day in it
-- $6 date        local day after the last whole one
select a.tickets as tickets_a, b.tickets as tickets_b, c.hours as hours_a, d.hours as hours_b
from
    (select count(*) as tickets from toilmeter.run_ticket
     where run_id = $1::bigint and at >= $3::timestamptz and at < $4::timestamptz) a,
    (select count(*) as tickets from toilmeter.run_ticket
     where run_id = $2::bigint and at >= $3::timestamptz and at < $4::timestamptz) b,
    (select coalesce(sum(hours::numeric), 0) as hours from toilmeter.run_hours
     where run_id = $1::bigint and activity in ('toil', 'incident') and day >= $5::date and day < $6::date) c,
    (select coalesce(sum(hours::numeric), 0) as hours from toilmeter.run_hours
     where run_id = $2::bigint and activity in ('toil', 'incident') and day >= $5::date and day < $6::date) d;
