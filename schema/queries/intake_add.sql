-- Adds what became of a batch's messages to the counts, in the batch's transaction.
-- $1 text: cluster. One element a row: $2 text[] topic, $3 integer[] partition, $4 text[] kind ('' for none), then bigint[]
-- $5 received, $6 stored, $7 duplicates, $8 older, $9 quarantined, $10 skipped, $11 unknown fields.
insert into toilmeter.intake as t (
    cluster, topic, partition, kind, received, stored, duplicates, older, quarantined, skipped, unknown_fields
)
select
    $1, u.topic, u.partition, u.kind, u.received, u.stored, u.duplicates, u.older, u.quarantined, u.skipped,
    u.unknown_fields
from unnest(
    $2::text[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
    $10::bigint[], $11::bigint[]
) as u (topic, partition, kind, received, stored, duplicates, older, quarantined, skipped, unknown_fields)
order by u.topic collate "C", u.partition, u.kind collate "C"
on conflict (cluster, topic, partition, kind) do update set
    received = t.received + excluded.received,
    stored = t.stored + excluded.stored,
    duplicates = t.duplicates + excluded.duplicates,
    older = t.older + excluded.older,
    quarantined = t.quarantined + excluded.quarantined,
    skipped = t.skipped + excluded.skipped,
    unknown_fields = t.unknown_fields + excluded.unknown_fields
