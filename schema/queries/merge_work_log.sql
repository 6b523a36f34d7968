-- Merges the staged versions of work_log: new ones are inserted; of a known one absent fields are filled, and of two values
-- the greater stays (of `at` the earlier). Notes the ids whose current rows remake_work_log has to make again.
-- Run lock_work_log first.
-- $1 integer[]: the source of each staged row, in the order of staging.
-- Returns source, kind, stored (versions that are new), older (of these, below the highest known when they arrived).
with staged as materialized (
    -- one row per key: ON CONFLICT cannot touch a row twice
    select
        s.id,
        s.version,
        min(s.at) as at,
        max(s.ended_at) as ended_at,
        max(s.updated_at) as updated_at,
        max(s.component) as component,
        max(s.actor) as actor,
        bool_or(s.automatic) as automatic,
        max(s.scope) as scope,
        max(s.manual_minutes) as manual_minutes,
        max(s.status) as status,
        max(s.ref) as ref,
        max(s.activity) as activity,
        toilmeter.extra_max(s.extra) as extra,
        min(s.seq) - min(min(s.seq)) over () + 1 as nth
    from pg_temp.stage_work_log s
    group by s.id, s.version
),
inserted as (
    insert into toilmeter.work_log_version as t (
        at, id, version, ended_at, updated_at, component, actor, automatic, scope, manual_minutes, status, ref,
        activity, extra
    )
    select
        n.at, n.id, n.version, n.ended_at, n.updated_at, n.component, n.actor, n.automatic, n.scope,
        n.manual_minutes, n.status, n.ref, n.activity, n.extra
    from staged n
    order by n.id, n.version
    on conflict (id, version) do nothing
    returning t.id, t.version
),
filled as (
    insert into toilmeter.work_log_version as t (
        at, id, version, ended_at, updated_at, component, actor, automatic, scope, manual_minutes, status, ref,
        activity, extra
    )
    select
        n.at, n.id, n.version, n.ended_at, n.updated_at, n.component, n.actor, n.automatic, n.scope,
        n.manual_minutes, n.status, n.ref, n.activity, n.extra
    from staged n
    where not exists (select from inserted i where i.id = n.id and i.version = n.version)
    order by n.id, n.version
    on conflict (id, version) do update set
        at = least(t.at, excluded.at),
        ended_at = greatest(t.ended_at, excluded.ended_at),
        updated_at = greatest(t.updated_at, excluded.updated_at),
        component = greatest(t.component, excluded.component),
        actor = greatest(t.actor, excluded.actor),
        automatic = greatest(t.automatic, excluded.automatic),
        scope = greatest(t.scope, excluded.scope),
        manual_minutes = greatest(t.manual_minutes, excluded.manual_minutes),
        status = greatest(t.status, excluded.status),
        ref = greatest(t.ref, excluded.ref),
        activity = greatest(t.activity, excluded.activity),
        extra = coalesce(toilmeter.extra_merge(t.extra, excluded.extra), t.extra, excluded.extra)
    where
        (
            t.at, t.ended_at, t.updated_at, t.component, t.actor, t.automatic, t.scope, t.manual_minutes, t.status,
            t.ref, t.activity, t.extra::text
        ) is distinct from (
            least(t.at, excluded.at), greatest(t.ended_at, excluded.ended_at),
            greatest(t.updated_at, excluded.updated_at), greatest(t.component, excluded.component),
            greatest(t.actor, excluded.actor), greatest(t.automatic, excluded.automatic),
            greatest(t.scope, excluded.scope), greatest(t.manual_minutes, excluded.manual_minutes),
            greatest(t.status, excluded.status), greatest(t.ref, excluded.ref),
            greatest(t.activity, excluded.activity),
            coalesce(toilmeter.extra_merge(t.extra, excluded.extra), t.extra, excluded.extra)::text
        )
    returning t.id
),
arrived as materialized (
    -- the highest version known before each arrival: of earlier batches, and of this one so far
    select
        n.id,
        n.version,
        n.nth,
        c.version as before,
        greatest(c.version, max(n.version) over (
            partition by n.id order by n.nth rows between unbounded preceding and 1 preceding)) as highest
    from staged n
    -- one look-up per row, however large the table
    cross join lateral (select k.version from toilmeter.work_log k where k.id = n.id offset 0) c
),
noted as (
    insert into pg_temp.touched_work_log (id, whole)
    select x.id, bool_or(x.whole)
    from (
        select a.id, a.version < a.before as whole from inserted i join arrived a using (id, version)
        union all
        select f.id, true from filled f
    ) x
    group by x.id
)
select
    ($1::integer[])[a.nth] as source,
    'work_log' as kind,
    count(*) as stored,
    count(*) filter (where a.version < a.highest) as older
from inserted i
join arrived a using (id, version)
group by 1
order by 1
