-- Begins a run. $1 label, $2 program's version, $3 and $4 window, $5 watermark, $6 seed, $7 parameters, $8 events,
-- $9 catalog as canonical JSON.
insert into toilmeter.run (label, program_version, window_from, window_to, watermark, seed, parameters, events, catalog)
values ($1::text, $2::text, $3::timestamptz, $4::timestamptz, $5::timestamptz, $6::bigint, $7::jsonb, $8::jsonb,
    $9::jsonb)
returning run_id;
