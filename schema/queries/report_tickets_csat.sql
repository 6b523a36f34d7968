-- Satisfaction on a component's tickets and on all others, by component and period. Every customer has one vote a side:
-- the mean of that customer's ratings there, so that one who writes often does not outweigh the rest. A ticket without
-- a customer votes for itself.
-- $1 bigint      run id
-- $2 timestamptz from, or null
-- $3 timestamptz to (exclusive), or null
-- $4 text        period: sprint, week, month; anything else is the whole window (period null)
-- $5 date        first day of some sprint
-- $6 integer     days of a sprint
-- $7 text        zone of the catalog
with rated as (
    select id, who, csat,
        case $4::text
            when 'sprint' then $5::date + (floor((day - $5::date)::numeric / $6::integer) * $6::integer)::integer
            when 'week' then date_trunc('week', day::timestamp)::date
            when 'month' then date_trunc('month', day::timestamp)::date
            else date '1970-01-01'
        end as period
    from (
        select id, coalesce('customer ' || customer, 'ticket ' || id) as who, csat::numeric as csat,
            (at at time zone $7::text)::date as day
        from toilmeter.run_ticket
        where run_id = $1::bigint and csat is not null
            and ($2::timestamptz is null or at >= $2::timestamptz)
            and ($3::timestamptz is null or at < $3::timestamptz)
    ) windowed
), everybody as (
    select period, who, sum(csat) as points, count(*) as votes
    from rated
    group by period, who
), touched as (
    select s.component, r.period, r.who, sum(r.csat) as points, count(*) as votes
    from rated r
    join toilmeter.run_ticket_share s on s.run_id = $1::bigint and s.id = r.id
    where s.share > 0
    group by s.component, r.period, r.who
), whole as (
    select period, count(*) as people, sum(points / votes) as means, sum((points / votes) * (points / votes)) as squares
    from everybody
    group by period
), side as (
    select t.component, t.period,
        t.points / t.votes as touched,
        e.points / e.votes as mean,
        (e.points - t.points) / nullif(e.votes - t.votes, 0) as rest
    from touched t
    join everybody e on e.period = t.period and e.who = t.who
), sums as (
    -- The rest is everybody, with those who were touched counted by their other tickets, if they have any.
    select s.component, s.period,
        count(*) as touched_count, avg(s.touched) as touched_mean, var_samp(s.touched) as touched_variance,
        w.people - count(*) + count(s.rest) as rest_count,
        w.means - sum(s.mean) + coalesce(sum(s.rest), 0) as rest_means,
        w.squares - sum(s.mean * s.mean) + coalesce(sum(s.rest * s.rest), 0) as rest_squares
    from side s
    join whole w on w.period = s.period
    group by s.component, s.period, w.people, w.means, w.squares
)
select
    component,
    case when $4::text in ('sprint', 'week', 'month') then period - date '1970-01-01' end as period_day,
    touched_count, touched_mean, coalesce(touched_variance, 0) as touched_variance,
    rest_count,
    coalesce(rest_means / nullif(rest_count, 0), 0) as rest_mean,
    coalesce(greatest(rest_squares - rest_means * rest_means / nullif(rest_count, 0), 0) / nullif(rest_count - 1, 0), 0)
        as rest_variance
from sums
order by period, component;
