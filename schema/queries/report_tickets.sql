-- Tickets by component and period. Periods are local dates in the catalog's zone, as days since 1970.
-- $1 bigint      run id
-- $2 timestamptz from, or null
-- $3 timestamptz to (exclusive), or null
-- $4 text        period: sprint, week, month; anything else is the whole window (period null)
-- $5 date        first day of some sprint
-- $6 integer     days of a sprint
-- $7 text        zone of the catalog
with ticket as (
    select id, customer, day,
        case $4::text
            when 'sprint' then $5::date + (floor((day - $5::date)::numeric / $6::integer) * $6::integer)::integer
            when 'week' then date_trunc('week', day::timestamp)::date
            when 'month' then date_trunc('month', day::timestamp)::date
        end as period
    from (
        select id, customer, (at at time zone $7::text)::date as day
        from toilmeter.run_ticket
        where run_id = $1::bigint
            and ($2::timestamptz is null or at >= $2::timestamptz)
            and ($3::timestamptz is null or at < $3::timestamptz)
    ) windowed
)
select
    s.component, t.period - date '1970-01-01' as period_day,
    count(*) filter (where s.how in ('named', 'topic')) as named,
    sum(s.share::numeric) as total,
    count(distinct t.customer) as customers
from ticket t
join toilmeter.run_ticket_share s on s.run_id = $1::bigint and s.id = t.id
where s.share > 0
group by s.component, t.period
order by t.period nulls first, sum(s.share::numeric) desc, s.component;
