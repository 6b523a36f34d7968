-- Merges the staged rows of service_restart: new keys are inserted; of a known one absent fields are filled, and of two values
-- the greater stays, so that the order of arrival never matters.
-- $1 integer[]: the source of each staged row, in the order of staging.
-- Returns source, kind, stored (rows that are new), older (always 0).
with staged as materialized (
    -- one row per key: ON CONFLICT cannot touch a row twice
    select
        s.at,
        s.id,
        max(s.ended_at) as ended_at,
        max(s.component) as component,
        max(s.actor) as actor,
        bool_or(s.automatic) as automatic,
        max(s.scope) as scope,
        max(s.manual_minutes) as manual_minutes,
        max(s.count) as count,
        max(s.reason) as reason,
        max(s.host) as host,
        max(s.exit_code) as exit_code,
        max(s.severity) as severity,
        toilmeter.extra_max(s.extra) as extra,
        min(s.seq) - min(min(s.seq)) over () + 1 as nth
    from pg_temp.stage_service_restart s
    group by s.at, s.id
),
inserted as (
    insert into toilmeter.service_restart as t (
        at, id, ended_at, component, actor, automatic, scope, manual_minutes, count, reason, host, exit_code,
        severity, extra
    )
    select
        n.at, n.id, n.ended_at, n.component, n.actor, n.automatic, n.scope, n.manual_minutes, n.count, n.reason,
        n.host, n.exit_code, n.severity, n.extra
    from staged n
    order by n.at, n.id
    on conflict (at, id) do nothing
    returning t.at, t.id
),
filled as (
    insert into toilmeter.service_restart as t (
        at, id, ended_at, component, actor, automatic, scope, manual_minutes, count, reason, host, exit_code,
        severity, extra
    )
    select
        n.at, n.id, n.ended_at, n.component, n.actor, n.automatic, n.scope, n.manual_minutes, n.count, n.reason,
        n.host, n.exit_code, n.severity, n.extra
    from staged n
    where not exists (select from inserted i where i.at = n.at and i.id = n.id)
    order by n.at, n.id
    on conflict (at, id) do update set
        ended_at = greatest(t.ended_at, excluded.ended_at),
        component = greatest(t.component, excluded.component),
        actor = greatest(t.actor, excluded.actor),
        automatic = greatest(t.automatic, excluded.automatic),
        scope = greatest(t.scope, excluded.scope),
        manual_minutes = greatest(t.manual_minutes, excluded.manual_minutes),
        count = greatest(t.count, excluded.count),
        reason = greatest(t.reason, excluded.reason),
        host = greatest(t.host, excluded.host),
        exit_code = greatest(t.exit_code, excluded.exit_code),
        severity = greatest(t.severity, excluded.severity),
        extra = coalesce(toilmeter.extra_merge(t.extra, excluded.extra), t.extra, excluded.extra)
    where
        (
            t.ended_at, t.component, t.actor, t.automatic, t.scope, t.manual_minutes, t.count, t.reason, t.host,
            t.exit_code, t.severity, t.extra::text
        ) is distinct from (
            greatest(t.ended_at, excluded.ended_at), greatest(t.component, excluded.component),
            greatest(t.actor, excluded.actor), greatest(t.automatic, excluded.automatic),
            greatest(t.scope, excluded.scope), greatest(t.manual_minutes, excluded.manual_minutes),
            greatest(t.count, excluded.count), greatest(t.reason, excluded.reason), greatest(t.host, excluded.host),
            greatest(t.exit_code, excluded.exit_code), greatest(t.severity, excluded.severity),
            coalesce(toilmeter.extra_merge(t.extra, excluded.extra), t.extra, excluded.extra)::text
        )
)
select ($1::integer[])[n.nth] as source, 'service_restart' as kind, count(*) as stored, 0 as older
from inserted i
join staged n using (at, id)
group by 1, 2
order by 1, 2
