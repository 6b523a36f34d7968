-- Is there a table of migrations in this database? No parameters.
select to_regclass('toilmeter.schema_migration') is not null as found
