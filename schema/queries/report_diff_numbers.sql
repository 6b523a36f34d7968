-- What each component comes to in two runs, where they differ by more than rounding; and what it comes to in the days that
-- both cover whole, so that a reader can tell new data from what is known otherwise of the same time. Hours and cost by day,
-- the rest by week: what was analysed before weeks were kept has none, and is then not compared. The first rows are the
-- sums over all components, with a null component, of every measure, whether they differ or not.
-- $1 bigint  run id, the earlier
-- $2 bigint  run id, the later
-- $3 date    first local day that both cover whole
-- $4 date    the day after the last; not after $3: there is none
with both_keep_weeks as (
    select exists (select from toilmeter.run_week where run_id = $1::bigint)
        and exists (select from toilmeter.run_week where run_id = $2::bigint) as yes
), number as (
    select run_id, 'manual_hours' as measure, component, hours::numeric as value,
        day >= $3::date and day < $4::date as in_both
    from toilmeter.run_hours
    where run_id in ($1::bigint, $2::bigint) and activity in ('toil', 'incident')
    union all
    select run_id, 'manual_cost', component, cost::numeric, day >= $3::date and day < $4::date
    from toilmeter.run_hours
    where run_id in ($1::bigint, $2::bigint) and activity in ('toil', 'incident') and cost is not null
    union all
    select run_id, measure, component, value::numeric, week >= $3::date and week + 7 <= $4::date
    from toilmeter.run_week
    where run_id in ($1::bigint, $2::bigint) and part = '' and measure in ('tickets', 'restarts', 'rebalances')
        and (select yes from both_keep_weeks)
), summed as (
    select measure, component,
        coalesce(sum(value) filter (where run_id = $1::bigint), 0) as a,
        coalesce(sum(value) filter (where run_id = $2::bigint), 0) as b,
        coalesce(sum(value) filter (where run_id = $1::bigint and in_both), 0) as a_both,
        coalesce(sum(value) filter (where run_id = $2::bigint and in_both), 0) as b_both
    from number
    group by grouping sets ((measure, component), (measure))
)
select measure, component, a, b, a_both, b_both
from summed
where component is null or abs(a - b) > 1e-6 or abs(a_both - b_both) > 1e-6
order by array_position(array['manual_hours', 'manual_cost', 'tickets', 'restarts', 'rebalances'], measure),
    component is not null, abs(a - b) desc, abs(a_both - b_both) desc, component;
