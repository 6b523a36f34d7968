-- Staging tables of a connection, once, outside of a transaction. seq tells the order of arrival. No parameters.
set jit = off; -- compiling costs more than these statements take
create temporary table stage_service_restart (
    like toilmeter.service_restart,
    seq bigint generated always as identity
) on commit delete rows;
create temporary table stage_queue_rebalance (
    like toilmeter.queue_rebalance,
    seq bigint generated always as identity
) on commit delete rows;
create temporary table stage_measurement (
    like toilmeter.measurement,
    seq bigint generated always as identity
) on commit delete rows;
create temporary table stage_deployment (
    like toilmeter.deployment,
    seq bigint generated always as identity
) on commit delete rows;
create temporary table stage_event_ending (
    like toilmeter.event_ending,
    seq bigint generated always as identity
) on commit delete rows;
create temporary table stage_support_ticket (
    like toilmeter.support_ticket_version,
    seq bigint generated always as identity
) on commit delete rows;
create temporary table stage_work_log (
    like toilmeter.work_log_version,
    seq bigint generated always as identity
) on commit delete rows;
-- spelt out: the collector may not read the quarantine, which LIKE would need
create temporary table stage_quarantine (
    cluster text collate "C" not null,
    topic text collate "C" not null,
    partition integer not null,
    kafka_offset bigint not null,
    message bytea,
    key bytea,
    headers jsonb,
    reason text collate "C" not null,
    detail text collate "C",
    message_at timestamptz
) on commit delete rows;
create temporary table touched_support_ticket (id text collate "C" not null, whole boolean not null) on commit delete rows;
create temporary table touched_work_log (id text collate "C" not null, whole boolean not null) on commit delete rows;
