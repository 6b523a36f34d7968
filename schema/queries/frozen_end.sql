-- Ends transactions of other instances of the same cluster whose process stands still: older than this session's
-- lock_timeout, and waiting for their client, which has nothing to think about in a transaction. What they hold locked
-- would stay locked for as long as they are frozen: no time-out of the server ends a COPY that waits for rows.
-- Only sessions of the same role, database and application_name: a role may end its own without further rights.
-- No parameters.
-- Returns how many were ended.
select count(*) filter (where pg_terminate_backend(a.pid))
from pg_stat_activity a
where a.pid <> pg_backend_pid()
  and a.datname = current_database()
  and a.usename = current_user
  and a.application_name = current_setting('application_name')
  and a.wait_event_type = 'Client'
  and a.xact_start < clock_timestamp() - current_setting('lock_timeout')::interval
