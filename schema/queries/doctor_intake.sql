-- What came in and what became of it, by kind. No parameters.
select
    i.kind,
    sum(i.received)::bigint as received,
    sum(i.duplicates)::bigint as duplicates,
    sum(i.unknown_fields)::bigint as unknown_fields
from toilmeter.intake i
group by i.kind
order by i.kind
