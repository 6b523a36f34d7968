-- Who asks, the server's clock in microseconds since 1970, and what this role may do. No parameters, one row.
select
    current_user,
    (extract(epoch from clock_timestamp()) * 1000000)::bigint as now_us,
    has_table_privilege('toilmeter.service_restart', 'insert') as may_collect,
    has_table_privilege('toilmeter.quarantine', 'delete') as may_operate,
    has_table_privilege('toilmeter.run', 'insert') as may_analyze,
    has_table_privilege('toilmeter.run', 'select') as may_read
