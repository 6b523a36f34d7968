-- Deployments of a slice of time (analyze_slice.sql). The columns are those of every kind of fact. In the order of the key,
-- which costs nothing: rows come by the index, a month's partition after the other. Binary COPY, no parameters.
copy (
    select f.at, f.id, f.component, f.scope, null::timestamptz as ended_at, null::text as actor, false as
        automatic, null::float8 as manual_minutes, f.version_label, null::text as metric, null::float8 as value,
        null::text as unit
    from toilmeter.deployment f
    where f.at >= (select current_setting('toilmeter.slice_from')::timestamptz)
        and f.at < (select current_setting('toilmeter.slice_to')::timestamptz)
    order by f.at, f.id
) to stdout (format binary);
