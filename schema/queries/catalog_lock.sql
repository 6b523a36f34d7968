-- Lets one apply at a time through, until the transaction ends.
-- No parameters, one row.
select pg_advisory_xact_lock(hashtextextended('toilmeter.catalog', 0));
