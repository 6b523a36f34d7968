-- Tickets by component and period. Periods are local dates in the catalog's zone, as days since 1970. Hidden shares of a topic
-- come from one fit, which gives the interval of what a component, or a group of them, has in it: a period has the part of
-- its distances that it has of the shares. Topics have fits of their own: their distances are summed as squares. below and
-- above are those of the row; all_below and all_above of the component in all periods.
-- Sums are numeric: the same in whatever order rows are read.
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
), link as (
    select component, topic, attributed::numeric as attributed, coalesce(attributed_low, attributed)::numeric as low,
        coalesce(attributed_high, attributed)::numeric as high
    from toilmeter.run_link
    where run_id = $1::bigint and verdict = 'established' and either is null
    union all
    select distinct array_to_string(either, ' | '), topic, attributed::numeric,
        coalesce(attributed_low, attributed)::numeric, coalesce(attributed_high, attributed)::numeric
    from toilmeter.run_link
    where run_id = $1::bigint and verdict = 'established' and either is not null
), spread as (
    select component, topic,
        sqrt(sum((attributed - low) * (attributed - low))) / nullif(sum(attributed), 0) as below,
        sqrt(sum((high - attributed) * (high - attributed))) / nullif(sum(attributed), 0) as above
    from link
    group by component, topic
), by_topic as (
    select s.component, t.period, coalesce(t.topic, '') as topic,
        count(*) filter (where s.how in ('named', 'topic')) as named,
        sum(s.share::numeric) as total,
        coalesce(sum(s.share::numeric) filter (where s.how = 'hidden'), 0) as hidden
    from ticket t
    join toilmeter.run_ticket_share s on s.run_id = $1::bigint and s.id = t.id
    where s.share > 0
    group by s.component, t.period, coalesce(t.topic, '')
), with_spread as (
    select t.*, t.hidden * coalesce(s.below, 0) as below, t.hidden * coalesce(s.above, 0) as above
    from by_topic t
    left join spread s on s.component = t.component and s.topic = t.topic
), in_all as (
    select component, sqrt(sum(below * below)) as below, sqrt(sum(above * above)) as above
    from (
        select component, topic, sum(below) as below, sum(above) as above
        from with_spread
        group by component, topic
    ) in_topic
    group by component
)
select
    t.component, t.period - date '1970-01-01' as period_day,
    sum(t.named)::bigint as named,
    sum(t.total) as total,
    sum(t.hidden) as hidden,
    sqrt(sum(t.below * t.below)) as below,
    sqrt(sum(t.above * t.above)) as above,
    a.below as all_below,
    a.above as all_above
from with_spread t
join in_all a on a.component = t.component
group by t.component, t.period, a.below, a.above
order by t.period nulls first, sum(t.total) desc, t.component;
