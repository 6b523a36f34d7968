-- Rebalances of a slice of time (analyze_slice.sql). The columns are those of every kind of fact. In the order of the key,
-- which costs nothing: rows come by the index, a month's partition after the other. Binary COPY, no parameters.
copy (
    select f.at, f.id, f.component, f.scope, f.ended_at, f.actor, coalesce(f.automatic, false) as automatic,
        f.manual_minutes, null::text as version_label,
        null::text as metric, null::float8 as value, null::text as unit
    from toilmeter.queue_rebalance f
    where f.at >= (select current_setting('toilmeter.slice_from')::timestamptz)
        and f.at < (select current_setting('toilmeter.slice_to')::timestamptz)
    order by f.at, f.id
) to stdout (format binary);
