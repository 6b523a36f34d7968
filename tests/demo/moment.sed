# Takes out of a report when it was made, so that the same events give the same text.
s/(analy[sz]ed( at)?:? +)[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+( ?[-+][0-9:]+|Z)?/\1just now/
s/(watermark( at)?:? +)[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+( ?[-+][0-9:]+|Z)?/\1just now/
