-- Tickets by component and period. Periods are local dates in the catalog's zone, as days since 1970. Hidden shares of one
-- topic come from one fit, so their errors go together and their bounds are summed; topics have fits of their own, so
-- their distances to the bounds are summed as squares. Sums are numeric: the same in whatever order rows are read.
-- $1 bigint      run id
-- $2 timestamptz from, or null
-- $3 timestamptz to (exclusive), or null
-- $4 text        period: sprint, week, month; anything else is the whole window (period null)
-- $5 date        first day of some sprint
-- $6 integer     days of a sprint
-- $7 text        zone of the catalog
with ticket as (
    select id, topic,
        case $4::text
            when 'sprint' then $5::date + (floor((day - $5::date)::numeric / $6::integer) * $6::integer)::integer
            when 'week' then date_trunc('week', day::timestamp)::date
            when 'month' then date_trunc('month', day::timestamp)::date
        end as period
    from (
        select id, topic, case when $4::text in ('sprint', 'week', 'month') then (at at time zone $7::text)::date end as day
        from toilmeter.run_ticket
        where run_id = $1::bigint
            and ($2::timestamptz is null or at >= $2::timestamptz)
            and ($3::timestamptz is null or at < $3::timestamptz)
    ) windowed
), by_topic as (
    select s.component, t.period, t.topic,
        count(*) filter (where s.how in ('named', 'topic')) as named,
        sum(s.share::numeric) as total,
        coalesce(sum(s.share::numeric) filter (where s.how = 'hidden'), 0) as hidden,
        coalesce(sum(coalesce(s.low, s.share)::numeric) filter (where s.how = 'hidden'), 0) as low,
        coalesce(sum(coalesce(s.high, s.share)::numeric) filter (where s.how = 'hidden'), 0) as high
    from ticket t
    join toilmeter.run_ticket_share s on s.run_id = $1::bigint and s.id = t.id
    where s.share > 0
    group by s.component, t.period, t.topic
)
select
    component, period - date '1970-01-01' as period_day,
    sum(named)::bigint as named,
    sum(total) as total,
    sum(hidden) as hidden,
    sqrt(sum((hidden - low) * (hidden - low))) as below,
    sqrt(sum((high - hidden) * (high - hidden))) as above
from by_topic
group by component, period
order by period nulls first, sum(total) desc, component;
