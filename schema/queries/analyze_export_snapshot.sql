-- Lets another connection read what this transaction sees. No parameters.
select pg_export_snapshot() as name;
