#include "upstream/reach.h"

#include <curl/curl.h>
#include <stdio.h>

#include "base/fail.h"

#define POLL_MS 1000

typedef struct tries {
    CURLM *multi;
    CURL *handles[CCPI_REACH_MAX];
    size_t count;
} tries;

static CURL *handle_for(const ccpi_reach_target *target, int64_t timeout_ms)
{
    const ccpi_trust trust = target->trust ? *target->trust : (ccpi_trust){NULL, false};
    CURL *easy = curl_easy_init();
    CURLcode code;

    if (!easy)
        return NULL;
    code = curl_easy_setopt(easy, CURLOPT_URL, target->url);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    code |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    code |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    code |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    if (trust.ca_file)
        code |= curl_easy_setopt(easy, CURLOPT_CAINFO, trust.ca_file);
    if (trust.skips_verification) {
        code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (code == CURLE_OK)
        return easy;
    curl_easy_cleanup(easy);
    return NULL;
}

static bool start(tries *all, ccpi_reach_target *targets, size_t count,
                  int64_t timeout_ms)
{
    all->multi = curl_multi_init();
    for (; all->multi && all->count < count; all->count++) {
        ccpi_reach_target *target = &targets[all->count];
        CURL *easy = handle_for(target, timeout_ms);

        if (!easy)
            return false;
        all->handles[all->count] = easy;
        curl_easy_setopt(easy, CURLOPT_PRIVATE, target);
        if (curl_multi_add_handle(all->multi, easy) != CURLM_OK) {
            curl_easy_cleanup(easy);
            return false;
        }
    }
    return all->multi != NULL;
}

static void run(const tries *all)
{
    int running = 1;

    while (running > 0 && curl_multi_perform(all->multi, &running) == CURLM_OK &&
           running > 0)
        curl_multi_poll(all->multi, NULL, 0, POLL_MS, NULL);
}

static void take_results(const tries *all)
{
    const CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(all->multi, &left))) {
        ccpi_reach_target *target = NULL;
        curl_off_t latency_us = 0;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &target);
        curl_easy_getinfo(message->easy_handle, CURLINFO_TOTAL_TIME_T, &latency_us);
        target->is_reachable = message->data.result == CURLE_OK;
        target->latency_us = latency_us;
        snprintf(target->cause, sizeof(target->cause), "%s",
                 target->is_reachable ? "" : curl_easy_strerror(message->data.result));
    }
}

static void end(tries *all)
{
    for (size_t i = 0; i < all->count; i++) {
        curl_multi_remove_handle(all->multi, all->handles[i]);
        curl_easy_cleanup(all->handles[i]);
    }
    curl_multi_cleanup(all->multi);
}

ccp_status ccpi_reach_check(ccpi_reach_target *targets, size_t count, int64_t timeout_ms,
                            ccp_error *error)
{
    tries all = {.count = 0};
    bool has_started;

    for (size_t i = 0; i < count; i++) {
        targets[i].is_reachable = false;
        targets[i].latency_us = 0;
        snprintf(targets[i].cause, sizeof(targets[i].cause), "no answer in time");
    }
    has_started =
        start(&all, targets, count < CCPI_REACH_MAX ? count : CCPI_REACH_MAX, timeout_ms);
    if (has_started) {
        run(&all);
        take_results(&all);
    }
    end(&all);
    return has_started ? CCP_OK
                       : ccpi_fail(error, CCP_NO_MEMORY, "no memory for connections");
}
