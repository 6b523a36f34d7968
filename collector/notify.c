/* Word to the service manager: the code behind notify.h. Failing to tell is no reason to stop, so results are unused.
 */
#include "notify.h"

#include <systemd/sd-daemon.h>

void notify_ready(void)
{
    (void)sd_notify(0, "READY=1");
}

void notify_stopping(void)
{
    (void)sd_notify(0, "STOPPING=1");
}

void notify_reloading(void)
{
    (void)sd_notify(0, "RELOADING=1");
}

void notify_status(const char *status)
{
    (void)sd_notifyf(0, "STATUS=%s", status);
}

void notify_alive(void)
{
    (void)sd_notify(0, "WATCHDOG=1");
}

int64_t notify_alive_interval_ms(void)
{
    uint64_t usec = 0;
    return sd_watchdog_enabled(0, &usec) > 0 ? (int64_t)(usec / 2000) : 0;
}
