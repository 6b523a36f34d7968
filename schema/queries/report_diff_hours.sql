-- Manual hours by component of two runs, where they differ by more than rounding; the greatest difference first.
-- $1 bigint  run id, the earlier
-- $2 bigint  run id, the later
select coalesce(a.component, b.component) as component, coalesce(a.hours, 0) as a, coalesce(b.hours, 0) as b
from (
    select component, sum(hours::numeric) as hours
    from toilmeter.run_hours
    where run_id = $1::bigint and activity in ('toil', 'incident')
    group by component
) a
full join (
    select component, sum(hours::numeric) as hours
    from toilmeter.run_hours
    where run_id = $2::bigint and activity in ('toil', 'incident')
    group by component
) b on b.component = a.component
where abs(coalesce(a.hours, 0) - coalesce(b.hours, 0)) > 1e-6
order by abs(coalesce(a.hours, 0) - coalesce(b.hours, 0)) desc, 1;
