-- Rows of queue_rebalance whose id was stored before at an earlier time: a fault of the source; the earliest counts. No parameters.
with earliest as materialized (
    select f.id, min(f.at) as at
    from toilmeter.queue_rebalance f
    group by f.id
    having count(*) > 1
)
select f.id, f.at, f.component
from toilmeter.queue_rebalance f
join earliest e on e.id = f.id
where f.at > e.at
order by f.id, f.at;
