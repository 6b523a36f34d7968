-- The slice of time that the queries of facts read next, within the transaction: COPY takes no parameters.
-- $1 and $2 timestamptz: from and to, to exclusive.
select set_config('toilmeter.slice_from', $1::timestamptz::text, true),
    set_config('toilmeter.slice_to', $2::timestamptz::text, true);
