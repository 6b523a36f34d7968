-- Fills an empty installation with a year for tests/bench/analysis. psql variables: facts (restarts, rebalances and
-- deployments together), tickets. The same numbers give the same rows.
--
--   components  300, rates by a power law (the nth has 1/n of the first's), two thirds of them in ten regions
--   facts       65% restarts, 34.8% rebalances, 0.2% deployments; 3% by hand, of 400 people; stored in the order of time
--   tickets     20 topics, 10 regions; 30% name a component; one to three versions, each by somebody of support
--   links       tickets of topics 1 to 5 follow the restarts of components 20, 40, 60, 80 and 100 by 5 to 50 minutes
\set ON_ERROR_STOP on
set synchronous_commit = off;
set client_min_messages = warning;

create function pg_temp.u(salt text, i bigint) returns double precision
    language sql immutable parallel safe
    return ((hashint8extended(i, hashtext(salt)) & 9007199254740991)::double precision / 9007199254740992.0);
create function pg_temp.component(u double precision) returns text
    language sql immutable parallel safe
    return 'svc-' || lpad(floor(exp(u * ln(301)))::text, 3, '0');
-- Of a component's regions, always one of the same three; components 1, 4, 7 ... have none.
create function pg_temp.region(component text, u double precision) returns text
    language sql immutable parallel safe
    return case when substr(component, 5)::integer % 3 = 1 then null
        else 'region-' || (substr(component, 5)::integer + floor(u * 3)::integer) % 10 end;
create function pg_temp.at(part double precision) returns timestamptz
    language sql immutable parallel safe
    return timestamptz '2025-01-01 00:00:00+00' + part * interval '31536000 s';
create function pg_temp.id(salt text, i bigint) returns text
    language sql immutable parallel safe
    return md5(salt || i)::uuid::text;

select toilmeter.ensure_month(k, m::date)
from unnest(array['service_restart', 'queue_rebalance', 'deployment']) k,
    generate_series('2025-01-01'::timestamptz, '2025-12-01', '1 month') m \g /dev/null

insert into toilmeter.service_restart (at, id, ended_at, component, actor, automatic, scope, manual_minutes, reason, host,
    severity)
select f.at, pg_temp.id('restart', f.i),
    case when f.hand < 0.01 then f.at + pg_temp.u('end', f.i) * interval '50 min' end, f.component,
    case when f.hand < 0.03 then 'p:' || md5('person' || floor(pg_temp.u('who', f.i) * 400)) end,
    case when f.hand > 0.5 then true end, pg_temp.region(f.component, pg_temp.u('where', f.i)),
    case when f.hand between 0.01 and 0.012 then 15 end, 'exit', 'host-' || f.i % 997, 1 + f.i % 5
from (select i, pg_temp.at((i + pg_temp.u('at', i)) / (:facts * 0.65)) as at, pg_temp.u('hand', i) as hand,
        pg_temp.component(pg_temp.u('component', i)) as component
    from generate_series(0, (:facts * 0.65)::bigint - 1) i) f;

insert into toilmeter.queue_rebalance (at, id, ended_at, component, actor, automatic, scope, manual_minutes, queue, moved)
select f.at, pg_temp.id('rebalance', f.i),
    case when f.hand < 0.01 then f.at + pg_temp.u('end', -f.i) * interval '50 min' end, f.component,
    case when f.hand < 0.03 then 'p:' || md5('person' || floor(pg_temp.u('who', -f.i) * 400)) end,
    case when f.hand > 0.5 then true end, pg_temp.region(f.component, pg_temp.u('where', -f.i)),
    case when f.hand between 0.01 and 0.012 then 15 end, 'queue-' || f.i % 40, f.i % 64
from (select i, pg_temp.at((i + pg_temp.u('at', -i)) / (:facts * 0.348)) as at, pg_temp.u('hand', -i) as hand,
        pg_temp.component(pg_temp.u('component', -i)) as component
    from generate_series(1, (:facts * 0.348)::bigint) i) f
where f.at < '2026-01-01 00:00:00+00';

insert into toilmeter.deployment (at, id, component, actor, ref, version_label)
select pg_temp.at((i + pg_temp.u('release', i)) / (:facts * 0.002)), pg_temp.id('release', i),
    pg_temp.component(pg_temp.u('released', i)), 'p:' || md5('person' || i % 400), 'CH-' || i, 'v' || i
from generate_series(0, (:facts * 0.002)::bigint - 1) i;

-- Hidden tickets first, at most a tenth of all; the rest by day, on work days and in office hours more than else.
create temporary table ticket as
with planted as (
    select row_number() over (order by f.at, f.id) as i, f.at + (5 + 45 * pg_temp.u(f.id, 0)) * interval '1 min' as at,
        'topic-' || lpad((substr(f.component, 5)::integer / 20)::text, 2, '0') as topic, f.scope
    from toilmeter.service_restart f
    where f.component in ('svc-020', 'svc-040', 'svc-060', 'svc-080', 'svc-100')
        and pg_temp.u(f.id, 1) < 0.3 and f.at < '2025-12-31 00:00:00+00'
    order by f.at, f.id
    limit :tickets / 10
), other as (
    select i, pg_temp.at(pg_temp.u('day', i)) as at, 'topic-' || lpad((1 + i % 20)::text, 2, '0') as topic,
        'region-' || floor(pg_temp.u('region', i) * 10) as scope,
        case when pg_temp.u('names', i) < 0.33 then pg_temp.component(pg_temp.u('named', i)) end as component
    from generate_series(1, :tickets * 2) i
    where pg_temp.u('busy', i) < (select case when extract(isodow from pg_temp.at(pg_temp.u('day', i))) > 5 then 0.3
        when extract(hour from pg_temp.at(pg_temp.u('day', i))) between 7 and 17 then 1.0 else 0.4 end)
    limit :tickets - (select count(*) from planted)
)
select 'SUP-' || lpad(row_number() over (order by t.at, t.topic, t.scope, t.component)::text, 8, '0') as id, t.*
from (select p.at, p.topic, p.scope, null as component from planted p
    union all
    select o.at, o.topic, o.scope, o.component from other o) t;

insert into toilmeter.support_ticket_version (at, id, version, updated_at, closed_at, component, actor, scope,
    manual_minutes, status, severity, topic, tags, customer, csat)
select t.at, t.id, v, t.at + (v - 1) * (0.2 + pg_temp.u(t.id, v)) * interval '2 h',
    case when v = 3 then t.at + interval '5 h' end, t.component,
    'p:' || md5('support' || floor(pg_temp.u(t.id, 9) * 150)), t.scope,
    case when v = 3 and pg_temp.u(t.id, 5) < 0.2 then 25 end, case v when 1 then 'open' when 2 then 'pending' else 'closed' end,
    1 + abs(hashtext(t.id)) % 5, t.topic,
    case when pg_temp.u(t.id, 6) < 0.2 then array['tag-' || abs(hashtext(t.id)) % 12] end,
    'customer-' || floor(pg_temp.u(t.id, 7) * 5000),
    case when v = 3 and pg_temp.u(t.id, 8) < 0.3 then floor(pg_temp.u(t.id, 8) * 17) end
from ticket t, generate_series(1, 3) v
where v = 1 or pg_temp.u(t.id, 4) < case v when 2 then 0.5 else 0.2 end
order by t.at, v;

insert into toilmeter.support_ticket (at, id, version, updated_at, closed_at, component, actor, scope, manual_minutes,
    status, severity, topic, tags, customer, csat, versions)
select min(v.at), v.id, max(v.version), max(v.updated_at), max(v.closed_at), max(v.component), max(v.actor), max(v.scope),
    max(v.manual_minutes), (array_agg(v.status order by v.version desc))[1], max(v.severity), max(v.topic), max(v.tags),
    max(v.customer), max(v.csat), count(*)
from toilmeter.support_ticket_version v
group by v.id
order by min(v.at), v.id;
