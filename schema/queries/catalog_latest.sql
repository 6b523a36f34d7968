-- The catalog in force: id, document. No row before the first was applied.
-- No parameters.
select c.catalog_id, c.document::text
from toilmeter.catalog c
order by c.catalog_id desc
limit 1;
