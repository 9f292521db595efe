#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/attempt.h"
#include "support/messages.h"

/* PL-7, against a TLS server with a certificate of its own making. */

#define ANSWER "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" SSE_WHOLE

static SSL_CTX *server;
static int listener;
static char ca_file[64];
static const ccpi_trust *trust; /* of the request; NULL: the engine's */

static X509 *make_certificate(EVP_PKEY *key, const char *alternative_name)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_EXTENSION *extension;

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test",
                               -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternative_name);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    if (!X509_sign(certificate, key, EVP_sha256()))
        abort();
    return certificate;
}

static void write_ca_file(X509 *certificate)
{
    FILE *file;

    strcpy(ca_file, "/tmp/ccproxy-test-ca-XXXXXX");
    file = fdopen(mkstemp(ca_file), "w");
    if (!file || !PEM_write_X509(file, certificate))
        abort();
    fclose(file);
}

/* All of it: what is left unread when the socket is closed resets the connection. */
static bool read_request(SSL *ssl)
{
    char request[4096] = "";
    size_t len = 0;
    int got = 1;

    while (got > 0 && !strstr(request, "\r\n\r\n{}")) {
        got = SSL_read(ssl, request + len, (int)(sizeof(request) - 1 - len));
        if (got > 0)
            len += (size_t)got;
    }
    return got > 0;
}

static void *serve_once(void *self)
{
    const int socket = accept(listener, NULL, NULL);
    SSL *ssl = SSL_new(server);

    (void)self;
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to clients that have refused us */
    SSL_set_fd(ssl, socket);
    if (SSL_accept(ssl) == 1 && read_request(ssl))
        SSL_write(ssl, ANSWER, (int)strlen(ANSWER));
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(socket);
    return NULL;
}

static int listen_on_loopback(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof(address);

    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        abort();
    return ntohs(address.sin_port);
}

/* How an attempt ends at a server with a certificate for that name. */
static ccpi_ending ending_with(const char *alternative_name, int max_version,
                               ccpi_engine_options engine_options)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key, alternative_name);
    const int port = listen_on_loopback();
    ccpi_engine *engine;
    pthread_t thread;
    attempt run;
    char url[64];
    ccpi_ending ending;

    server = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_max_proto_version(server, max_version);
    SSL_CTX_set_security_level(server, 0);
    SSL_CTX_use_certificate(server, certificate);
    SSL_CTX_use_PrivateKey(server, key);
    write_ca_file(certificate);
    pthread_create(&thread, NULL, serve_once, NULL);

    engine_options.clock = ccp_system_clock();
    if (engine_options.ca_file)
        engine_options.ca_file = ca_file;
    if (ccpi_engine_new(&engine_options, &engine, NULL) != CCP_OK)
        abort();
    attempt_open_beside(&run, CLIENT_LENDS_SOCKET, NULL, engine);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/v1/messages", port);
    free(run.outgoing.url);
    run.outgoing.url = strdup(url);
    attempt_post(&run, "{}", 2);
    run.outgoing.trust = trust;
    attempt_run(&run);
    ending = run.result.ending;
    if (ending == CCPI_ENDED_WELL) {
        attempt_finish(&run);
        cr_expect(eq(str, run.body.data, SSE_WHOLE));
    }

    attempt_close(&run);
    ccpi_engine_free(engine);
    pthread_join(thread, NULL);
    close(listener);
    unlink(ca_file);
    SSL_CTX_free(server);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return ending;
}

/* Stands for the file that holds the server's own certificate. */
#define OWN "own"

Test(engine_tls, a_certificate_of_the_ca_file_is_trusted)
{
    cr_expect(eq(int,
                 ending_with("IP:127.0.0.1", TLS1_3_VERSION,
                             (ccpi_engine_options){.ca_file = OWN}),
                 CCPI_ENDED_WELL));
}

Test(engine_tls, tls_1_2_is_new_enough)
{
    cr_expect(eq(int,
                 ending_with("IP:127.0.0.1", TLS1_2_VERSION,
                             (ccpi_engine_options){.ca_file = OWN}),
                 CCPI_ENDED_WELL));
}

Test(engine_tls, tls_1_1_is_not)
{
    cr_expect(eq(int,
                 ending_with("IP:127.0.0.1", TLS1_1_VERSION,
                             (ccpi_engine_options){.ca_file = OWN}),
                 CCPI_ENDED_BY_NETWORK));
}

Test(engine_tls, a_certificate_that_nobody_vouches_for_is_the_networks_fault)
{
    cr_expect(eq(int,
                 ending_with("IP:127.0.0.1", TLS1_3_VERSION, (ccpi_engine_options){0}),
                 CCPI_ENDED_BY_NETWORK));
}

Test(engine_tls, a_certificate_for_another_name_is_the_networks_fault)
{
    cr_expect(eq(int,
                 ending_with("DNS:elsewhere.example", TLS1_3_VERSION,
                             (ccpi_engine_options){.ca_file = OWN}),
                 CCPI_ENDED_BY_NETWORK));
}

Test(engine_tls, verification_can_be_switched_off)
{
    cr_expect(eq(int,
                 ending_with("DNS:elsewhere.example", TLS1_3_VERSION,
                             (ccpi_engine_options){.skip_tls_verification = true}),
                 CCPI_ENDED_WELL));
}

/* The plan's verification may be off, and Bedrock's must still be on. */
Test(engine_tls, a_request_that_verifies_does_so_in_an_engine_that_does_not)
{
    static const ccpi_trust strict = {NULL, false};

    trust = &strict;
    cr_expect(eq(int,
                 ending_with("IP:127.0.0.1", TLS1_3_VERSION,
                             (ccpi_engine_options){.skip_tls_verification = true}),
                 CCPI_ENDED_BY_NETWORK));
}

Test(engine_tls, a_request_brings_its_own_ca_file)
{
    static const ccpi_trust own = {ca_file, false};

    trust = &own;
    cr_expect(eq(int,
                 ending_with("IP:127.0.0.1", TLS1_3_VERSION, (ccpi_engine_options){0}),
                 CCPI_ENDED_WELL));
}
