-- The run that a report reads: the one asked for, or the latest. Times in microseconds since 1970.
-- $1 bigint  run id, or null for the latest
select
    run_id,
    coalesce(label, ''),
    (extract(epoch from analyzed_at) * 1000000)::bigint as analyzed_us,
    program_version,
    (extract(epoch from window_from) * 1000000)::bigint as from_us,
    (extract(epoch from window_to) * 1000000)::bigint as to_us,
    (extract(epoch from watermark) * 1000000)::bigint as watermark_us,
    seed,
    parameters::text,
    events::text,
    catalog::text
from toilmeter.run
where $1::bigint is null or run_id = $1::bigint
order by run_id desc
limit 1;
