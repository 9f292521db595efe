#include "upstream/deadlines.h"

#define MS 1000

#define STALL_MS 300000
#define COMMIT_MS 10000
#define PING_MS 15000
#define LINGER_MS 1000

static int64_t or_default(int64_t limit_ms, int64_t default_ms)
{
    return limit_ms > 0 ? limit_ms : default_ms;
}

void ccpi_deadlines_init(ccpi_deadlines *deadlines, const ccpi_timeouts *limits,
                         int64_t now_us)
{
    *deadlines = (ccpi_deadlines){
        .limits = *limits,
        .submitted_us = now_us,
        .uploaded_us = now_us,
        .open_at_us = INT64_MAX,
        .watch_at_us = INT64_MAX,
    };
    deadlines->limits.first_byte_ms = or_default(limits->first_byte_ms, limits->read_ms);
    deadlines->limits.stall_ms = or_default(limits->stall_ms, STALL_MS);
    deadlines->limits.commit_ms = or_default(limits->commit_ms, COMMIT_MS);
    deadlines->limits.ping_ms = or_default(limits->ping_ms, PING_MS);
    deadlines->limits.linger_ms = or_default(limits->linger_ms, LINGER_MS);
}

static int64_t after(bool is_waiting, int64_t since_us, int64_t limit_ms)
{
    return is_waiting && limit_ms > 0 ? since_us + limit_ms * MS : INT64_MAX;
}

static int64_t due_us(const ccpi_deadlines *d, ccpi_overdue what)
{
    const bool is_lingering = d->lingering_us != 0;
    const bool is_answering = d->first_byte_us != 0 && !is_lingering;
    const bool is_asking = d->first_byte_us == 0 && !is_lingering;

    switch (what) {
    case CCPI_OVERDUE_LINGER:
        return after(is_lingering, d->lingering_us, d->limits.linger_ms);
    case CCPI_OVERDUE_TOTAL:
        return after(!is_lingering, d->submitted_us, d->limits.total_ms);
    case CCPI_OVERDUE_UPLOAD:
        return after(is_asking && !d->is_sent, d->uploaded_us, d->limits.upload_ms);
    case CCPI_OVERDUE_FIRST_BYTE:
        return after(is_asking && d->is_sent, d->uploaded_us, d->limits.first_byte_ms);
    case CCPI_OVERDUE_READ:
        return after(is_answering && !d->is_paused, d->last_byte_us, d->limits.read_ms);
    case CCPI_OVERDUE_CLIENT:
        return after(!is_lingering && d->stalled_us != 0, d->stalled_us,
                     d->limits.stall_ms);
    case CCPI_OVERDUE_NONE: break;
    }
    return INT64_MAX;
}

ccpi_overdue ccpi_deadlines_overdue(const ccpi_deadlines *deadlines, int64_t now_us)
{
    for (int what = CCPI_OVERDUE_TOTAL; what <= CCPI_OVERDUE_LINGER; what++)
        if (due_us(deadlines, (ccpi_overdue)what) <= now_us)
            return (ccpi_overdue)what;
    return CCPI_OVERDUE_NONE;
}

static int64_t ping_due_us(const ccpi_deadlines *d)
{
    const int64_t silent_us =
        d->quiet_us > d->last_byte_us ? d->quiet_us : d->last_byte_us;

    return after(d->quiet_us != 0 && d->lingering_us == 0 && !d->is_paused, silent_us,
                 d->limits.ping_ms);
}

bool ccpi_deadlines_wants_ping(const ccpi_deadlines *deadlines, int64_t now_us)
{
    return ping_due_us(deadlines) <= now_us;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t ccpi_deadlines_next_us(const ccpi_deadlines *deadlines)
{
    int64_t next = sooner(ping_due_us(deadlines), deadlines->open_at_us);

    next = sooner(next, deadlines->watch_at_us);
    for (int what = CCPI_OVERDUE_TOTAL; what <= CCPI_OVERDUE_LINGER; what++)
        next = sooner(next, due_us(deadlines, (ccpi_overdue)what));
    return next;
}

const char *ccpi_overdue_text(ccpi_overdue overdue)
{
    static const char *const texts[] = {
        [CCPI_OVERDUE_NONE] = "",
        [CCPI_OVERDUE_TOTAL] = "the whole took too long",
        [CCPI_OVERDUE_UPLOAD] = "no progress in sending the request",
        [CCPI_OVERDUE_FIRST_BYTE] = "no answer in time",
        [CCPI_OVERDUE_READ] = "the answer stopped coming",
        [CCPI_OVERDUE_CLIENT] = "the client takes no bytes",
        [CCPI_OVERDUE_LINGER] = "",
    };

    return texts[overdue];
}
