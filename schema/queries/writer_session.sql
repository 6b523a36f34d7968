-- Settings of the collector's session on top of db_session. No parameters.
-- A batch or a claim that waits this long for a lock looks for a frozen instance (frozen_end) and tries again.
set lock_timeout = '15s';
