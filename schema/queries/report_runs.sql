-- Every run, the latest first. Times in microseconds since 1970.
select
    r.run_id,
    r.label,
    (extract(epoch from r.analyzed_at) * 1000000)::bigint as analyzed_us,
    r.program_version,
    (extract(epoch from r.window_from) * 1000000)::bigint as from_us,
    (extract(epoch from r.window_to) * 1000000)::bigint as to_us,
    (extract(epoch from r.watermark) * 1000000)::bigint as watermark_us,
    r.seed,
    coalesce((
        select sum(e.value::text::bigint) from jsonb_each(r.events) e
        where jsonb_typeof(e.value) = 'number' and e.key not like '%\_versions'
    ), 0)::bigint as events,
    coalesce(h.hours, 0) as hours,
    (r.window_from at time zone (r.catalog ->> 'zone'))::date || ' to '
        || ((r.window_to - interval '1 microsecond') at time zone (r.catalog ->> 'zone'))::date as local_window
from toilmeter.run r
left join lateral (
    select sum(hours::numeric) as hours
    from toilmeter.run_hours_period
    where run_id = r.run_id and by = 'all' and activity = 'manual'
    union all
    select sum(hours::numeric)
    from toilmeter.run_hours
    where run_id = r.run_id and activity in ('toil', 'incident')
        and not exists (select from toilmeter.run_hours_period where run_id = r.run_id)
) h on h.hours is not null
order by r.run_id desc;
