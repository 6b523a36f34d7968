-- A fixed synthetic history of runs, for golden files and tests: two sprints in Prague, with the switch to summer time on the
-- last day of the first (2026-03-29), names that formats must not trip over, and (unmapped) and (unexplained) rows.
--   run 1  the history; 56 tickets
--   run 2  the same window, read again: one late ticket, three late hours, another gap, another rate
--   run 3  nothing had been collected
set time zone 'UTC';

insert into toilmeter.run (run_id, label, analyzed_at, program_version, window_from, window_to, watermark, seed, parameters,
    events, catalog)
overriding system value
values
    (1, 'spring', '2026-04-13 08:00Z', '0.1.0', '2026-03-15 23:00Z', '2026-04-12 22:00Z', '2026-04-12 21:59:30Z', 1,
     '{"bin_minutes": 5, "gap_minutes": 20, "post_minutes": 10}',
     '{"service_restart": 512, "queue_rebalance": 120, "support_ticket": 56, "support_ticket_versions": 140, "work_log": 30}',
     '{"zone": "Europe/Prague", "goals": [], "items": [], "teams": [{"name": "platform", "rate": [{"from": "2026-01-01", "amount": 55}], "zone": "Europe/Prague", "evening": "17:00-22:00", "working": "Mon-Fri 09:00-17:00"}, {"name": "payments", "rate": [], "zone": "Europe/Prague", "evening": "17:00-22:00", "working": "Mon-Fri 09:00-17:00"}], "sprints": {"start": "2026-01-05", "length": "2w"}, "currency": "EUR", "components": [{"name": "queue-balancer", "team": "platform", "match": ["queue-balancer", "~^qb-[0-9]+$"], "topics": ["sync"]}, {"name": "ledger", "team": "payments", "match": ["ledger"], "topics": []}, {"name": "a-component-with-quite-a-long-name-for-a-table", "team": "payments", "match": ["~^long-"], "topics": []}, {"name": "=cmd|'' /C calc''!A0", "match": ["evil"], "topics": []}], "ticket_cost": [], "people_hours_per_sprint": 80}'),
    (2, null, '2026-04-14 08:00Z', '0.1.0', '2026-03-15 23:00Z', '2026-04-12 22:00Z', '2026-04-13 21:59:30Z', 9007199254740993,
     '{"bin_minutes": 5, "gap_minutes": 30, "post_minutes": 10}',
     '{"service_restart": 512, "queue_rebalance": 120, "support_ticket": 57, "support_ticket_versions": 143, "work_log": 31}',
     '{"zone": "Europe/Prague", "goals": [], "items": [], "teams": [{"name": "platform", "rate": [{"from": "2026-01-01", "amount": 60}], "zone": "Europe/Prague", "evening": "17:00-22:00", "working": "Mon-Fri 09:00-17:00"}, {"name": "payments", "rate": [], "zone": "Europe/Prague", "evening": "17:00-22:00", "working": "Mon-Fri 09:00-17:00"}], "sprints": {"start": "2026-01-05", "length": "2w"}, "currency": "EUR", "components": [{"name": "queue-balancer", "team": "platform", "match": ["queue-balancer", "~^qb-[0-9]+$"], "topics": ["sync"]}, {"name": "ledger", "team": "payments", "match": ["ledger"], "topics": []}, {"name": "a-component-with-quite-a-long-name-for-a-table", "team": "payments", "match": ["~^long-"], "topics": []}, {"name": "=cmd|'' /C calc''!A0", "match": ["evil"], "topics": []}], "ticket_cost": [], "people_hours_per_sprint": 80}'),
    (3, 'before anything came', '2026-01-01 08:00Z', '0.1.0', null, null, null, 1, '{}', '{}',
     '{"zone": "UTC", "goals": [], "items": [], "teams": [], "sprints": {"start": "2024-01-01", "length": "2w"}, "currency": "XXX", "components": [], "ticket_cost": [], "people_hours_per_sprint": 80}');

insert into toilmeter.run_funnel (run_id, position, stage, kind, count, why)
values
    (1, 1, 'received', 'service_restart', 700, 'read from topics and files'),
    (1, 2, 'received', 'support_ticket', 192, 'read from topics and files'),
    (1, 3, 'received', '', 8, 'no event was made of them'),
    (1, 4, 'duplicates', 'service_restart', 188, 'came again, added no row, whatever the order in which the two arrived'),
    (1, 5, 'duplicates', 'support_ticket', 52, 'came again, added no row'),
    (1, 6, 'quarantined', '', 8, 'not_json: no JSON | or cut off (`toilmeter quarantine list` shows them)'),
    (1, 7, 'stored', 'service_restart', 512, 'each once'),
    (1, 8, 'stored', 'support_ticket', 140, 'each once'),
    (1, 9, 'in tables', 'service_restart', 512, 'as stored'),
    (1, 10, 'in tables', 'support_ticket', 140, 'as stored'),
    (1, 11, 'ids', 'support_ticket', 56, 'what the versions are of'),
    (1, 12, 'in the window', 'service_restart', 512, 'counted, each once'),
    (1, 13, 'in the window', 'support_ticket', 56, 'counted, each once'),
    (1, 14, 'mapped', 'service_restart', 500, 'to a component of the catalog'),
    (1, 15, 'unmapped', 'service_restart', 12, 'no rule matches the name');

insert into toilmeter.run_name (run_id, raw, component, events)
values
    (1, 'queue-balancer', 'queue-balancer', 400), (1, 'qb-17', 'queue-balancer', 100), (1, 'ledger', 'ledger', 120),
    (1, 'mystery', '(unmapped)', 9), (1, '<script>alert(1)</script>', '(unmapped)', 3);

-- Toil by day: the first component every day, inferred, with a band of its own; the second declared on weekdays.
insert into toilmeter.run_hours (run_id, component, team, kind, activity, day, hours, working, evening, night, declared,
    measured, inferred, calibrated, hours_gap10, hours_gap20, hours_gap30, hours_gap60, cost)
select r, 'queue-balancer', 'platform', 'queue_rebalance', 'toil', d::date, 1.5, 1.25, 0.25, 0, 0, 0, 1.5, 0, 1.25, 1.5, 1.6, 1.75,
    1.5 * case r when 1 then 55 else 60 end
from generate_series(1, 2) r, generate_series('2026-03-16'::timestamp, '2026-04-12', '1 day') d
union all
select r, 'ledger', 'payments', 'work_log', 'incident', d::date, 0.5, 0.5, 0, 0, 0.5, 0, 0, 0, 0.5, 0.5, 0.5, 0.5, null
from generate_series(1, 2) r, generate_series('2026-03-16'::timestamp, '2026-04-12', '1 day') d
where extract(isodow from d) < 6
union all
-- Gaps that pull the other way than the rest: the band of the total is not the sum of the rows' bands.
select r, 'a-component-with-quite-a-long-name-for-a-table', 'payments', 'support_ticket', 'toil', d::date, 2, 0, 1, 1, 0, 0.5, 0.5,
    1, 2.4, 2, 1.9, 1.8, null
from generate_series(1, 2) r, generate_series('2026-03-28'::timestamp, '2026-03-30', '1 day') d
union all
select r, '=cmd|'' /C calc''!A0', 'payments', 'service_restart', 'toil', '2026-04-01'::date, 0.75, 0, 0, 0.75, 0, 0, 0.75, 0, 0.5,
    0.75, 0.75, 1, null
from generate_series(1, 2) r
union all
select r, '(unexplained)', '', 'support_ticket', 'toil', d::date, 0.8, 0.8, 0, 0, 0, 0, 0.8, 0, 0.7, 0.8, 0.9, 1.2, null
from generate_series(1, 2) r, generate_series('2026-03-16'::timestamp, '2026-04-10', '2 days') d
union all
select r, 'queue-balancer', 'platform', 'work_log', 'feature', '2026-03-17'::date, 12, 12, 0, 0, 12, 0, 0, 0, 12, 12, 12, 12, 660
from generate_series(1, 2) r
union all
select 2, 'ledger', 'payments', 'work_log', 'toil', '2026-04-12'::date, 3, 3, 0, 0, 3, 0, 0, 0, 3, 3, 3, 3, null;

insert into toilmeter.run_calibration (run_id, period, logged_hours, inferred_hours, people, items, ratio, low, high, used)
values
    (1, '', 10, 12.5, 6, 20, 0.8, 0.7, 0.92, true),
    (1, '2026-03', 6, 8, 6, 12, 0.75, 0.61, 0.9, false),
    (1, '2026-04', 4, 4.5, 5, 8, 0.889, 0.7, 1.05, false);

-- 48 tickets of eleven customers over the window, a quarter of them by name; ratings fall for those.
insert into toilmeter.run_ticket (run_id, id, at, status, topic, customer, csat, versions)
select r, 't-' || lpad(i::text, 3, '0'), '2026-03-16 09:00Z'::timestamptz + i * interval '13 hours', 'solved', 'general',
    'customer-' || i % 11, case i % 4 when 0 then 0.3 else 0.8 end + (i % 5) * 0.02, 2
from generate_series(1, 2) r, generate_series(1, 48) i
union all
-- Six that declare their topic, and two at the edges of a local day: 00:30 on 16 March, 00:30 on 30 March (sprint 2).
select r, 's-' || i, '2026-03-20 12:00Z'::timestamptz + i * interval '1 day', 'open', 'sync', 'customer-' || i, null, 1
from generate_series(1, 2) r, generate_series(1, 6) i
union all
select r, 'edge-1', '2026-03-15 23:30Z'::timestamptz, 'open', null, null, null, 1 from generate_series(1, 2) r
union all
select r, 'edge-2', '2026-03-29 22:30Z'::timestamptz, 'open', null, null, null, 1 from generate_series(1, 2) r
union all
select 2, 'late-1', '2026-04-02 10:00Z'::timestamptz, 'open', null, 'customer-1', null, 1;

insert into toilmeter.run_ticket_share (run_id, id, component, share, how)
select run_id, id, 'ledger', 1, 'named'
from toilmeter.run_ticket where id like 't-%' and right(id, 3)::integer % 4 = 0
union all
select run_id, id, c, 0.5, 'topic'
from toilmeter.run_ticket, unnest(array['queue-balancer', 'a-component-with-quite-a-long-name-for-a-table']) c
where id like 's-%'
union all
select run_id, id, '(unexplained)', 1, 'unexplained'
from toilmeter.run_ticket where id like 'edge-%' or id like 'late-%' or (id like 't-%' and right(id, 3)::integer % 4 <> 0);

