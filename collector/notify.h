/* Word to the service manager (systemd's notification protocol); all of it does nothing when there is none. */
#ifndef COLLECTOR_NOTIFY_H
#define COLLECTOR_NOTIFY_H

#include <stdint.h>

void notify_ready(void);
void notify_stopping(void);
void notify_reloading(void);
/* One line for `systemctl status`. */
void notify_status(const char *status);
void notify_alive(void);
/* How often notify_alive is due, in milliseconds; 0 when nobody watches. */
int64_t notify_alive_interval_ms(void);

#endif
