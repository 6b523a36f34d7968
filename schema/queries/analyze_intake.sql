-- What became of all messages, by kind; kind is empty for messages of none. No parameters.
select i.kind, sum(i.received)::bigint as received, sum(i.stored)::bigint as stored,
    sum(i.duplicates)::bigint as duplicates, sum(i.older)::bigint as older, sum(i.quarantined)::bigint as quarantined,
    sum(i.skipped)::bigint as skipped
from toilmeter.intake i
group by i.kind
order by i.kind;
