-- Takes people out of the events. $1 text[], $2 text[]: pseudonyms of actors and of customers. $3 text[]: regular
-- expressions of their names. Returns table, what and how many rows; see the function.
select f.relation, f.what, f.touched
from toilmeter.forget_in_events($1::text[], $2::text[], $3::text[]) f
