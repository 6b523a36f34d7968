"""The consumer that one would write in an afternoon: confluent-kafka, orjson, psycopg's COPY, offsets in the transaction.

    python_consumer.py BOOTSTRAP TOPIC CONNINFO ROWS    prints rows a second, from the first message to the last commit
"""
import sys
import time

import confluent_kafka
import orjson
import psycopg

bootstrap, topic, conninfo, rows = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
columns = ("at", "id", "ended_at", "component", "scope", "count", "reason", "host", "exit_code", "severity")
consumer = confluent_kafka.Consumer({
    "bootstrap.servers": bootstrap, "group.id": f"python-{time.time_ns()}", "enable.auto.commit": False,
    "auto.offset.reset": "earliest", "fetch.message.max.bytes": 4 << 20, "log_level": 0})
consumer.subscribe([topic])
done, begin = 0, None
with psycopg.connect(conninfo) as db:
    while done < rows:
        messages = [m for m in consumer.consume(20000, timeout=0.5) if m.error() is None]
        if not messages:
            continue
        begin = begin or time.monotonic()
        offsets = {}
        with db.transaction(), db.cursor() as cursor:
            with cursor.copy(f"COPY toilmeter.service_restart ({', '.join(columns)}) FROM STDIN") as copy:
                for message in messages:
                    event = orjson.loads(message.value())
                    copy.write_row([event.get(name) for name in columns])
                    offsets[message.partition()] = message.offset() + 1
            cursor.executemany(
                "INSERT INTO toilmeter.kafka_offset (cluster, topic, partition, next_offset) VALUES ('python', %s, %s, %s) "
                "ON CONFLICT (cluster, topic, partition) DO UPDATE SET next_offset = excluded.next_offset",
                [(topic, partition, offset) for partition, offset in offsets.items()])
        done += len(messages)
print(round(rows / (time.monotonic() - begin)))
consumer.close()
