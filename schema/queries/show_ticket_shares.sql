-- Shares of components in a ticket, the greatest first. event_us: of a hidden share the event that weighs most.
-- $1 bigint  run id
-- $2 text    ticket
select component, how, share, low, high, kind, (extract(epoch from event_at) * 1000000)::bigint as event_us
from toilmeter.run_ticket_share
where run_id = $1::bigint and id = $2::text and share > 0
order by how = 'unexplained', share desc, component;
