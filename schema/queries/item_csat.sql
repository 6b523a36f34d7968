-- As report_tickets_csat.sql for the whole window, with some components taken as one, named ''. A row for each customer
-- and local week; one with a null component where they have no share in its tickets.
-- $1 bigint      run id
-- $2 timestamptz from, or null
-- $3 timestamptz to (exclusive), or null
-- $4 text        zone of the catalog
-- $5 text[]      components
with rated as (
    select id, coalesce('c' || customer, 't' || id) as who, csat::numeric as csat,
        date_trunc('week', at at time zone $4::text)::date - date '1970-01-01' as week
    from toilmeter.run_ticket
    where run_id = $1::bigint and csat is not null
        and ($2::timestamptz is null or at >= $2::timestamptz)
        and ($3::timestamptz is null or at < $3::timestamptz)
), shared as (
    select id, sum(share::numeric) as share, bool_or(how in ('named', 'topic')) or sum(share) >= 0.5 as own
    from toilmeter.run_ticket_share
    where run_id = $1::bigint and component = any ($5::text[]) and share > 0
    group by id
)
select null::integer as period, who, week, count(*) as votes, sum(csat) as points,
    case when count(s.id) > 0 then '' end as component,
    count(*) filter (where s.own) as component_votes,
    coalesce(sum(r.csat) filter (where s.own), 0) as component_points,
    coalesce(sum(s.share) filter (where s.own), 0) as component_share,
    coalesce(sum(s.share) filter (where not s.own), 0) as component_rest_share
from rated r
left join shared s using (id)
group by who, week
order by who, week;
