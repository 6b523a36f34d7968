-- A function is everybody's until that is taken back. Nobody but the group roles may enter the schema, but a right that
-- nobody needs is one that nobody has.
revoke execute on all functions in schema toilmeter from public;
alter default privileges revoke execute on functions from public; -- of those that the owner makes from now on

-- Used where events are merged, and nowhere else.
grant execute on function toilmeter.extra_merge(jsonb, jsonb), toilmeter.extra_max(jsonb)
    to toilmeter_collector, toilmeter_operator;
