# Takes out of a report up to which moment the broker had been read, so that the same events give the same text.
s/^([ |*-]*read up to[ :|*]*)[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]+( [-+][0-9:]+)?/\1the end/
