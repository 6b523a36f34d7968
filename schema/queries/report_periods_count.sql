-- What report_tickets_count says of a whole run, as `analyze` counted it.
-- $1 bigint  run id
select tickets, customers, rated
from toilmeter.run_ticket_count
where run_id = $1::bigint;
