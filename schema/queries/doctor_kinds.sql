-- Is there any event of each kind? One row a kind. No parameters.
select 'service_restart' as kind, exists (select from toilmeter.service_restart) as any_event
union all
select 'queue_rebalance' as kind, exists (select from toilmeter.queue_rebalance) as any_event
union all
select 'support_ticket' as kind, exists (select from toilmeter.support_ticket) as any_event
union all
select 'work_log' as kind, exists (select from toilmeter.work_log) as any_event
union all
select 'measurement' as kind, exists (select from toilmeter.measurement) as any_event
union all
select 'deployment' as kind, exists (select from toilmeter.deployment) as any_event
