-- Takes customers out of runs. $1 text[]: pseudonyms. Returns how many rows held one.
select toilmeter.forget_in_runs($1::text[]) as touched
