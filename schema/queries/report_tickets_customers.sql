-- Customers that a component touches, by component and period: those with a ticket that names it or has a topic that it
-- declares, and those with hidden shares that make at least one ticket of theirs more likely its own than not:
-- 1 - product of (1 - share) is at least a half.
-- $1 bigint      run id
-- $2 timestamptz from, or null
-- $3 timestamptz to (exclusive), or null
-- $4 text        period: sprint, week, month; anything else is the whole window (period null)
-- $5 date        first day of some sprint
-- $6 integer     days of a sprint
-- $7 text        zone of the catalog
with ticket as (
    select id, customer,
        case $4::text
            when 'sprint' then $5::date + (floor((day - $5::date)::numeric / $6::integer) * $6::integer)::integer
            when 'week' then date_trunc('week', day::timestamp)::date
            when 'month' then date_trunc('month', day::timestamp)::date
        end as period
    from (
        select id, customer,
            case when $4::text in ('sprint', 'week', 'month') then (at at time zone $7::text)::date end as day
        from toilmeter.run_ticket
        where run_id = $1::bigint and customer is not null
            and ($2::timestamptz is null or at >= $2::timestamptz)
            and ($3::timestamptz is null or at < $3::timestamptz)
    ) windowed
), touch as (
    select s.component, t.period, t.customer,
        bool_or(s.how in ('named', 'topic')) as sure,
        sum(ln(greatest(1 - s.share, 1e-9))) as log_untouched
    from ticket t
    join toilmeter.run_ticket_share s on s.run_id = $1::bigint and s.id = t.id
    where s.share > 0
    group by s.component, t.period, t.customer
)
select component, period - date '1970-01-01' as period_day, count(*) as customers
from touch
where sure or log_untouched <= ln(0.5) + 1e-9
group by component, period
order by period nulls first, component;
