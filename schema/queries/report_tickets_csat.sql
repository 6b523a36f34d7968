-- Ratings by period, customer and local week, and what part of them is on tickets of which a component has at least half:
-- a row for each component that has a share in them, one with a null component where there is none. component_share: what it has
-- of the tickets of which it has at least half, rest_share of the others. A ticket without a customer speaks for
-- itself. Ordered for one pass: the rows of a (period, customer, week) stand together.
-- $1 bigint      run id
-- $2 timestamptz from, or null
-- $3 timestamptz to (exclusive), or null
-- $4 text        period: sprint, week, month; anything else is the whole window (period null)
-- $5 date        first day of some sprint
-- $6 integer     days of a sprint
-- $7 text        zone of the catalog
with rated as (
    select id, who, csat, date_trunc('week', day::timestamp)::date - date '1970-01-01' as week,
        case $4::text
            when 'sprint' then $5::date + (floor((day - $5::date)::numeric / $6::integer) * $6::integer)::integer
            when 'week' then date_trunc('week', day::timestamp)::date
            when 'month' then date_trunc('month', day::timestamp)::date
        end - date '1970-01-01' as period
    from (
        select id, coalesce('c' || customer, 't' || id) as who, csat::numeric as csat,
            (at at time zone $7::text)::date as day
        from toilmeter.run_ticket
        where run_id = $1::bigint and csat is not null
            and ($2::timestamptz is null or at >= $2::timestamptz)
            and ($3::timestamptz is null or at < $3::timestamptz)
    ) windowed
), cell as (
    select period, who, week, count(*) as votes, sum(csat) as points
    from rated
    group by period, who, week
), part as (
    select period, who, week, component, count(*) filter (where own) as votes,
        coalesce(sum(csat) filter (where own), 0) as points,
        coalesce(sum(share::numeric) filter (where own), 0) as share,
        coalesce(sum(share::numeric) filter (where not own), 0) as rest_share
    from (
        select r.*, s.component, s.share, s.how in ('named', 'topic') or s.share >= 0.5 as own
        from rated r
        join toilmeter.run_ticket_share s on s.run_id = $1::bigint and s.id = r.id
        where s.share > 0
    ) shared
    group by period, who, week, component
)
select c.period, c.who, c.week, c.votes, c.points, p.component, p.votes as component_votes, p.points as component_points,
    p.share as component_share, p.rest_share as component_rest_share
from cell c
left join part p on p.who = c.who and p.week = c.week and p.period is not distinct from c.period
order by c.period nulls first, c.who, c.week, p.component;
