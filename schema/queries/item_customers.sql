-- Customers that any of some components touches: see report_tickets_customers.sql.
-- $1 bigint      run id
-- $2 timestamptz from, or null
-- $3 timestamptz to (exclusive), or null
-- $4 text[]      components
select count(*)
from (
    select t.customer
    from toilmeter.run_ticket_share s
    join toilmeter.run_ticket t on t.run_id = $1::bigint and t.id = s.id
    where s.run_id = $1::bigint and s.component = any ($4::text[]) and s.share > 0 and t.customer is not null
        and ($2::timestamptz is null or t.at >= $2::timestamptz)
        and ($3::timestamptz is null or t.at < $3::timestamptz)
    group by t.customer
    having bool_or(s.how in ('named', 'topic')) or sum(ln(greatest(1 - s.share, 1e-9))) <= ln(0.5) + 1e-9
) touched;
