-- Events by kind of two runs, where they differ.
-- $1 bigint  run id, the earlier
-- $2 bigint  run id, the later
select coalesce(a.key, b.key) as kind, coalesce(a.count, 0) as a, coalesce(b.count, 0) as b
from (
    select e.key, (e.value #>> '{}')::bigint as count
    from toilmeter.run r, jsonb_each(r.events) e
    where r.run_id = $1::bigint and jsonb_typeof(e.value) = 'number'
) a
full join (
    select e.key, (e.value #>> '{}')::bigint as count
    from toilmeter.run r, jsonb_each(r.events) e
    where r.run_id = $2::bigint and jsonb_typeof(e.value) = 'number'
) b on b.key = a.key
where coalesce(a.count, 0) <> coalesce(b.count, 0)
order by 1;
