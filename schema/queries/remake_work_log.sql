-- Makes the current rows of the touched ids of work_log again: field by field the last known value, which is the one of
-- the highest version that has the field; `at` is the earliest known. Where all that is new is above the version known so
-- far, the current row stands for the versions below; else the whole history is read. No parameters.
with known as (
    select
        v.at, v.id, v.version, v.ended_at, v.updated_at, v.component, v.actor, v.automatic, v.scope,
        v.manual_minutes, v.status, v.ref, v.activity, v.extra,
        1 as versions
    from pg_temp.touched_work_log k
    cross join lateral (
        select case when k.whole or c.versions = 0 then '-9223372036854775808'::bigint else c.version + 1 end as from_version
        from toilmeter.work_log c
        where c.id = k.id
        offset 0 -- one look-up per id, however large the table
    ) b
    cross join lateral (
        select *
        from toilmeter.work_log_version h
        where h.id = k.id and h.version >= b.from_version
        offset 0
    ) v
    union all
    select
        v.at, v.id, v.version, v.ended_at, v.updated_at, v.component, v.actor, v.automatic, v.scope,
        v.manual_minutes, v.status, v.ref, v.activity, v.extra,
        v.versions
    from pg_temp.touched_work_log k
    cross join lateral (select * from toilmeter.work_log c where c.id = k.id and c.versions > 0 offset 0) v
    where not k.whole
)
insert into toilmeter.work_log as t (
    at, id, version, ended_at, updated_at, component, actor, automatic, scope, manual_minutes, status, ref, activity,
    extra, versions
)
select
    min(r.at),
    r.id,
    max(r.version),
    (array_agg(r.ended_at) filter (where r.ended_at is not null))[1],
    (array_agg(r.updated_at) filter (where r.updated_at is not null))[1],
    (array_agg(r.component) filter (where r.component is not null))[1],
    (array_agg(r.actor) filter (where r.actor is not null))[1],
    (array_agg(r.automatic) filter (where r.automatic is not null))[1],
    (array_agg(r.scope) filter (where r.scope is not null))[1],
    (array_agg(r.manual_minutes) filter (where r.manual_minutes is not null))[1],
    (array_agg(r.status) filter (where r.status is not null))[1],
    (array_agg(r.ref) filter (where r.ref is not null))[1],
    (array_agg(r.activity) filter (where r.activity is not null))[1],
    (array_agg(r.extra) filter (where r.extra is not null))[1],
    sum(r.versions)::integer
from (select * from known order by id, version desc offset 0) r -- array_agg takes them in this order
group by r.id
order by r.id
on conflict (id) do update set
    at = excluded.at,
    version = excluded.version,
    ended_at = excluded.ended_at,
    updated_at = excluded.updated_at,
    component = excluded.component,
    actor = excluded.actor,
    automatic = excluded.automatic,
    scope = excluded.scope,
    manual_minutes = excluded.manual_minutes,
    status = excluded.status,
    ref = excluded.ref,
    activity = excluded.activity,
    extra = excluded.extra,
    versions = excluded.versions
