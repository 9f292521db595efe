/*
 * Plays the Anthropic API and Amazon Bedrock on loopback, for tests and demos:
 * see README.md. One thread per connection, so that an answer with its delays
 * and faults is plain sequential code.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "account/keys.h"
#include "call.h"
#include "control.h"

#define BACKLOG 4096
#define STACK_SIZE ((size_t)256 * 1024)

typedef struct sim_settings {
    int anthropic_port;
    int bedrock_port;
    const char *port_file;
} sim_settings;

static const char USAGE[] =
    "usage: simulator [--anthropic-port N] [--bedrock-port N] [--port-file FILE]\n"
    "                 [--aws-key ID:SECRET[:TOKEN]]\n"
    "Plays the Anthropic API and Amazon Bedrock on 127.0.0.1. Port 0 takes a free\n"
    "one; the ports are printed, and written to FILE, as JSON. A key of AWS may sign\n"
    "requests to Bedrock.\n";

static void serve_request(sim_connection *connection, const sim_request *request)
{
    sim_call call = {.connection = connection, .request = request};

    call.number = sim_record_open(connection, request);
    if (connection->bedrock)
        sim_bedrock_serve(&call);
    else
        sim_anthropic_serve(&call);
    sim_record_close(call.number, &call.result);
    json_decref(call.body);
}

static void serve_connection(sim_connection *connection)
{
    sim_request request;
    bool go_on = true;

    while (go_on && sim_request_read(connection, &request)) {
        if (sim_control_is_for(&request))
            go_on = sim_control_serve(connection, &request);
        else
            serve_request(connection, &request);
        go_on = go_on && request.keep_alive && !connection->gone;
        sim_request_clear(&request);
    }
    sim_request_clear(&request);
}

static void *run_connection(void *argument)
{
    sim_connection *connection = argument;

    sim_record_connection(true);
    serve_connection(connection);
    close(connection->socket);
    sim_buffer_free(&connection->in);
    free(connection);
    sim_record_connection(false);
    return NULL;
}

static void start_connection(int socket, bool bedrock, unsigned long number)
{
    sim_connection *connection = sim_alloc(sizeof(*connection));
    const int yes = 1;
    pthread_attr_t attributes;
    pthread_t thread;

    *connection =
        (sim_connection){.socket = socket, .number = number, .bedrock = bedrock};
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attributes, run_connection, connection) != 0) {
        fputs("simulator: no thread for a connection\n", stderr);
        close(socket);
        free(connection);
    }
    pthread_attr_destroy(&attributes);
}

/* Gives the listening socket and changes the port to the one it got. */
static int listen_on(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)*port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    const int yes = 1;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, BACKLOG) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        fprintf(stderr, "simulator: port %d: %s\n", *port, strerror(errno));
        exit(1);
    }
    *port = ntohs(address.sin_port);
    return listener;
}

/* Written under another name first, so that who waits for it never reads half. */
static void write_ports(const sim_settings *settings)
{
    char text[64];
    char temporary[4096];
    FILE *file;

    snprintf(text, sizeof(text), "{\"anthropic\":%d,\"bedrock\":%d}\n",
             settings->anthropic_port, settings->bedrock_port);
    fputs(text, stdout);
    fflush(stdout);
    if (!settings->port_file)
        return;
    snprintf(temporary, sizeof(temporary), "%s.new", settings->port_file);
    file = fopen(temporary, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0 ||
        rename(temporary, settings->port_file) != 0) {
        fprintf(stderr, "simulator: %s: %s\n", settings->port_file, strerror(errno));
        exit(1);
    }
}

static int read_port(const char *text)
{
    char *end;
    const long port = strtol(text, &end, 10);

    if (*end || port < 0 || port > 65535) {
        fputs(USAGE, stderr);
        exit(2);
    }
    return (int)port;
}

static void add_aws_key(const char *text)
{
    if (sim_aws_keys_add_text(text))
        return;
    fputs(USAGE, stderr);
    exit(2);
}

static sim_settings read_settings(int argc, char **argv)
{
    static const struct option LONG[] = {
        {"anthropic-port", required_argument, NULL, 'a'},
        {"bedrock-port", required_argument, NULL, 'b'},
        {"port-file", required_argument, NULL, 'f'},
        {"aws-key", required_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    sim_settings settings = {0};
    int option;

    while ((option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        switch (option) {
        case 'a': settings.anthropic_port = read_port(optarg); break;
        case 'b': settings.bedrock_port = read_port(optarg); break;
        case 'f': settings.port_file = optarg; break;
        case 'k': add_aws_key(optarg); break;
        case 'h': fputs(USAGE, stdout); exit(0);
        default: fputs(USAGE, stderr); exit(2);
        }
    }
    return settings;
}

/*
 * A descriptor that becomes readable when the process is asked to end. The
 * threads inherit that these signals are blocked.
 */
static int open_end_signal(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

static void allow_many_sockets(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void accept_connections(const struct pollfd *listeners)
{
    static unsigned long number;

    for (int i = 0; i < 2; i++) {
        const int accepted = listeners[i].revents
                                 ? accept4(listeners[i].fd, NULL, NULL, SOCK_CLOEXEC)
                                 : -1;

        if (accepted >= 0)
            start_connection(accepted, i == 1, ++number);
    }
}

int main(int argc, char **argv)
{
    sim_settings settings = read_settings(argc, argv);
    struct pollfd events[3] = {
        {.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};

    /* Connections' threads may still run at the end: nothing is torn down then. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
    signal(SIGPIPE, SIG_IGN);
    allow_many_sockets();
    events[0].fd = listen_on(&settings.anthropic_port);
    events[1].fd = listen_on(&settings.bedrock_port);
    events[2].fd = open_end_signal();
    write_ports(&settings);

    while (!events[2].revents)
        if (poll(events, 3, -1) > 0)
            accept_connections(events);
    return 0;
}
