#include "routing/relief.h"

#include <stdlib.h>
#include <string.h>

/* An exchange and what it had borrowed of its caller. */
typedef struct relieved {
    ccpi_exchange exchange; /* first */
    void (*go_on)(ccpi_exchange *x);
    ccp_request request;
    char texts[];
} relieved;

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *copy(const char *text, char **into)
{
    const char *copied = *into;

    if (!text)
        return NULL;
    *into = stpcpy(*into, text) + 1;
    return copied;
}

static ssize_t read_nothing(void *self, void *into, size_t len)
{
    (void)self, (void)into, (void)len;
    return 0;
}

/* What the rest of the exchange looks at; headers and body it has already. */
static void copy_request(relieved *to, const ccp_request *from)
{
    char *texts = to->texts;

    to->request = (ccp_request){
        .method = copy(from->method, &texts),
        .path = copy(from->path, &texts),
        .query = copy(from->query, &texts),
        .peer_address = copy(from->peer_address, &texts),
        .read_body = read_nothing,
    };
}

static relieved *move(ccpi_exchange *x)
{
    const ccp_request *from = x->request;
    relieved *to = malloc(sizeof(*to) + size_of(from->method) + size_of(from->path) +
                          size_of(from->query) + size_of(from->peer_address));

    if (!to)
        return NULL;
    copy_request(to, from);
    to->exchange = *x;
    to->exchange.request = &to->request;
    to->exchange.sink = NULL;
    to->exchange.front = ccpi_front_match(to->request.method, to->request.path);
    return to;
}

static void go_on(void *self)
{
    relieved *one = self;
    ccpi_router *router = one->exchange.router;

    one->go_on(&one->exchange);
    free(one);
    ccpi_attendance_leave(&router->present);
}

bool ccpi_relief_try(ccpi_exchange *x, void (*go_on_with)(ccpi_exchange *x))
{
    relieved *to;

    if (x->front.target != CCPI_TARGET_MESSAGES || !ccpi_outlet_take_over(x->outlet))
        return false;

    /* From here on any thread can finish it: without another, this one does. */
    to = move(x);
    if (!to)
        return false;
    to->go_on = go_on_with;
    ccpi_attendance_enter(&x->router->present);
    if (!ccpi_crew_run(x->router->crew, go_on, to)) {
        ccpi_attendance_leave(&x->router->present);
        free(to);
        return false;
    }
    x->is_elsewhere = true;
    return true;
}
