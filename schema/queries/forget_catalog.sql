-- Catalogs that hold a name, as leader or elsewhere. $1 text[]: regular expressions. Returns how many.
select count(*) as catalogs
from toilmeter.catalog c
where exists (select from unnest($1::text[]) as w (word) where c.document::text ~ w.word)
