#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "doctor/doctor.h"

#define TIMEOUT_S 10L
#define URL_LEN 512

/* AWS refuses signatures that are 5 minutes off. */
#define SKEW_DOUBTFUL_S 30
#define SKEW_UNWELL_S 240

typedef struct reply {
    time_t date; /* of the answer's Date header; -1: none */
} reply;

static size_t read_header(char *line, size_t size, size_t count, void *context)
{
    static const char name[] = "date:";
    const size_t len = size * count;
    char value[64];

    if (len > sizeof(name) && len - sizeof(name) < sizeof(value) &&
        strncasecmp(line, name, sizeof(name) - 1) == 0) {
        snprintf(value, sizeof(value), "%.*s", (int)(len - sizeof(name) + 1),
                 line + sizeof(name) - 1);
        ((reply *)context)->date = curl_getdate(value, NULL);
    }
    return len;
}

static size_t pass_over(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes, (void)context;
    return size * count;
}

static void look_at_clock(app_doctor *doctor, const char *who, const reply *got)
{
    const long long skew = llabs((long long)time(NULL) - (long long)got->date);
    const app_health health = skew >= SKEW_UNWELL_S     ? APP_UNWELL
                              : skew >= SKEW_DOUBTFUL_S ? APP_DOUBTFUL
                                                        : APP_WELL;

    if (got->date == (time_t)-1)
        return;
    app_found(doctor,
              &(app_finding){"clock", health,
                             health == APP_WELL ? NULL : "synchronise it (chrony, ntp)"},
              "it is %lld s apart from that of %s", skew, who);
}

typedef struct destination {
    const char *about; /* "plan" */
    const char *url;
    const char *ca_file; /* NULL: the system's */
    bool verifies;
} destination;

/* Any answer at all is good: the way there is open, and TLS is trusted. */
static void ask(app_doctor *doctor, const destination *to)
{
    char reason[CURL_ERROR_SIZE] = "";
    reply got = {.date = (time_t)-1};
    CURL *curl = curl_easy_init();
    CURLcode result;

    if (!curl)
        return;
    curl_easy_setopt(curl, CURLOPT_URL, to->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, pass_over);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, read_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &got);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    if (to->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, to->ca_file);
    if (!to->verifies) {
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    result = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    if (result == CURLE_OK) {
        app_found(doctor, &(app_finding){to->about, APP_WELL, NULL}, "%s answers",
                  to->url);
        look_at_clock(doctor, to->url, &got);
        return;
    }
    app_found(doctor,
              &(app_finding){to->about, APP_UNWELL,
                             result == CURLE_PEER_FAILED_VERIFICATION
                                 ? "name the authority that signed its certificate, by "
                                   "plan_ca_file or aws_ca_file"
                                 : "see that name resolution, firewall and proxy let it "
                                   "through"},
              "%s: %s", to->url, reason[0] ? reason : curl_easy_strerror(result));
}

void app_doctor_upstreams(app_doctor *doctor)
{
    const ccp_config *config = doctor->setup->config;
    const char *endpoint = ccp_config_text(config, "bedrock_endpoint");
    char bedrock[URL_LEN];

    snprintf(bedrock, sizeof(bedrock), "https://bedrock-runtime.%s.amazonaws.com",
             ccp_config_text(config, "bedrock_region"));
    ask(doctor, &(destination){"plan", ccp_config_text(config, "plan_api_url"),
                               ccp_config_text(config, "plan_ca_file"),
                               ccp_config_number(config, "plan_verify_tls") != 0});
    ask(doctor, &(destination){"bedrock", endpoint ? endpoint : bedrock,
                               ccp_config_text(config, "aws_ca_file"), true});
}
