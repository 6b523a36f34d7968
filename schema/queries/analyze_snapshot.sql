-- One snapshot for all reads of an analysis, on plain PostgreSQL. No parameters.
set transaction isolation level repeatable read, read only;
