-- Renews the planner's statistics of the tables that reports of a run read. No parameters.
select toilmeter.refresh_run_statistics();
