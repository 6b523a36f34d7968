-- Merges the staged rows of queue_rebalance: new keys are inserted; of a known one absent fields are filled, and of two values
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
        max(s.queue) as queue,
        max(s.moved) as moved,
        toilmeter.extra_max(s.extra) as extra,
        min(s.seq) - min(min(s.seq)) over () + 1 as nth
    from pg_temp.stage_queue_rebalance s
    group by s.at, s.id
),
inserted as (
    insert into toilmeter.queue_rebalance as t (
        at, id, ended_at, component, actor, automatic, scope, manual_minutes, queue, moved, extra
    )
    select
        n.at, n.id, n.ended_at, n.component, n.actor, n.automatic, n.scope, n.manual_minutes, n.queue, n.moved,
        n.extra
    from staged n
    order by n.at, n.id
    on conflict (at, id) do nothing
    returning t.at, t.id
),
filled as (
    insert into toilmeter.queue_rebalance as t (
        at, id, ended_at, component, actor, automatic, scope, manual_minutes, queue, moved, extra
    )
    select
        n.at, n.id, n.ended_at, n.component, n.actor, n.automatic, n.scope, n.manual_minutes, n.queue, n.moved,
        n.extra
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
        queue = greatest(t.queue, excluded.queue),
        moved = greatest(t.moved, excluded.moved),
        extra = coalesce(toilmeter.extra_merge(t.extra, excluded.extra), t.extra, excluded.extra)
    where
        (
            t.ended_at, t.component, t.actor, t.automatic, t.scope, t.manual_minutes, t.queue, t.moved, t.extra::text
        ) is distinct from (
            greatest(t.ended_at, excluded.ended_at), greatest(t.component, excluded.component),
            greatest(t.actor, excluded.actor), greatest(t.automatic, excluded.automatic),
            greatest(t.scope, excluded.scope), greatest(t.manual_minutes, excluded.manual_minutes),
            greatest(t.queue, excluded.queue), greatest(t.moved, excluded.moved),
            coalesce(toilmeter.extra_merge(t.extra, excluded.extra), t.extra, excluded.extra)::text
        )
)
select ($1::integer[])[n.nth] as source, 'queue_rebalance' as kind, count(*) as stored, 0 as older
from inserted i
join staged n using (at, id)
group by 1, 2
order by 1, 2
