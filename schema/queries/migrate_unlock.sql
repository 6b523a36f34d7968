-- Ends what migrate_lock began. No parameters.
select pg_advisory_unlock(hashtextextended('toilmeter.migrate', 0))
