-- Merges the staged rows of event_ending: new keys are inserted; of a known one absent fields are filled, and of two values
-- the greater stays, so that the order of arrival never matters.
-- $1 integer[]: the source of each staged row, in the order of staging.
-- Returns source, kind, stored (rows that are new), older (always 0).
with staged as materialized (
    -- one row per key: ON CONFLICT cannot touch a row twice
    select
        s.kind,
        s.id,
        s.ended_at,
        max(s.component) as component,
        max(s.actor) as actor,
        bool_or(s.automatic) as automatic,
        max(s.scope) as scope,
        max(s.manual_minutes) as manual_minutes,
        max(s.count) as count,
        max(s.reason) as reason,
        max(s.host) as host,
        max(s.exit_code) as exit_code,
        max(s.queue) as queue,
        max(s.moved) as moved,
        max(s.severity) as severity,
        toilmeter.extra_max(s.extra) as extra,
        min(s.seq) - min(min(s.seq)) over () + 1 as nth
    from pg_temp.stage_event_ending s
    group by s.kind, s.id, s.ended_at
),
inserted as (
    insert into toilmeter.event_ending as t (
        kind, id, ended_at, component, actor, automatic, scope, manual_minutes, count, reason, host, exit_code,
        queue, moved, severity, extra
    )
    select
        n.kind, n.id, n.ended_at, n.component, n.actor, n.automatic, n.scope, n.manual_minutes, n.count, n.reason,
        n.host, n.exit_code, n.queue, n.moved, n.severity, n.extra
    from staged n
    order by n.kind, n.id, n.ended_at
    on conflict (kind, id, ended_at) do nothing
    returning t.kind, t.id, t.ended_at
),
filled as (
    insert into toilmeter.event_ending as t (
        kind, id, ended_at, component, actor, automatic, scope, manual_minutes, count, reason, host, exit_code,
        queue, moved, severity, extra
    )
    select
        n.kind, n.id, n.ended_at, n.component, n.actor, n.automatic, n.scope, n.manual_minutes, n.count, n.reason,
        n.host, n.exit_code, n.queue, n.moved, n.severity, n.extra
    from staged n
    where not exists (select from inserted i where i.kind = n.kind and i.id = n.id and i.ended_at = n.ended_at)
    order by n.kind, n.id, n.ended_at
    on conflict (kind, id, ended_at) do update set
        component = greatest(t.component, excluded.component),
        actor = greatest(t.actor, excluded.actor),
        automatic = greatest(t.automatic, excluded.automatic),
        scope = greatest(t.scope, excluded.scope),
        manual_minutes = greatest(t.manual_minutes, excluded.manual_minutes),
        count = greatest(t.count, excluded.count),
        reason = greatest(t.reason, excluded.reason),
        host = greatest(t.host, excluded.host),
        exit_code = greatest(t.exit_code, excluded.exit_code),
        queue = greatest(t.queue, excluded.queue),
        moved = greatest(t.moved, excluded.moved),
        severity = greatest(t.severity, excluded.severity),
        extra = coalesce(toilmeter.extra_merge(t.extra, excluded.extra), t.extra, excluded.extra)
    where
        (
            t.component, t.actor, t.automatic, t.scope, t.manual_minutes, t.count, t.reason, t.host, t.exit_code,
            t.queue, t.moved, t.severity, t.extra::text
        ) is distinct from (
            greatest(t.component, excluded.component), greatest(t.actor, excluded.actor),
            greatest(t.automatic, excluded.automatic), greatest(t.scope, excluded.scope),
            greatest(t.manual_minutes, excluded.manual_minutes), greatest(t.count, excluded.count),
            greatest(t.reason, excluded.reason), greatest(t.host, excluded.host),
            greatest(t.exit_code, excluded.exit_code), greatest(t.queue, excluded.queue),
            greatest(t.moved, excluded.moved), greatest(t.severity, excluded.severity),
            coalesce(toilmeter.extra_merge(t.extra, excluded.extra), t.extra, excluded.extra)::text
        )
)
select ($1::integer[])[n.nth] as source, n.kind as kind, count(*) as stored, 0 as older
from inserted i
join staged n using (kind, id, ended_at)
group by 1, 2
order by 1, 2
