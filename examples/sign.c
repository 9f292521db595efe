/*
 * Signs a call to Amazon Bedrock, and prints it as the arguments of curl:
 *
 *     sign MODEL_ID < converse-request.json
 *
 * with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, perhaps AWS_SESSION_TOKEN, and
 * AWS_REGION from the environment. SOURCE_DATE_EPOCH stands for the time, if set.
 */
#include <ccproxy/seams.h>
#include <ccproxy/sigv4.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *setting(const char *name)
{
    const char *value = getenv(name);

    if (!value) {
        fprintf(stderr, "%s is not set\n", name);
        exit(EXIT_FAILURE);
    }
    return value;
}

/* A model's id is one segment of the path: ':' and '/' are encoded. */
static void append_encoded(char *url, size_t size, const char *id)
{
    for (size_t len = strlen(url); *id && len + 4 < size; id++, len = strlen(url)) {
        const int c = (unsigned char)*id;

        snprintf(url + len, size - len, isalnum(c) || strchr("-._~", c) ? "%c" : "%%%02X",
                 c);
    }
}

static void write_url(char *url, size_t size, const char *region, const char *model)
{
    snprintf(url, size, "https://bedrock-runtime.%s.amazonaws.com/model/", region);
    append_encoded(url, size, model);
    strncat(url, "/converse", size - strlen(url) - 1);
}

static int64_t seconds_now(void)
{
    const ccp_clock *clock = ccp_system_clock();
    const char *fixed = getenv("SOURCE_DATE_EPOCH");

    return fixed ? strtoll(fixed, NULL, 10) : clock->unix_us(clock->self) / 1000000;
}

int main(int argc, char **argv)
{
    static char body[1024 * 1024];
    char url[1024];
    ccp_sigv4_headers headers;
    ccp_error error;

    if (argc != 2) {
        fprintf(stderr, "usage: sign MODEL_ID < converse-request.json\n");
        return 2;
    }
    const ccp_sigv4_request request = {
        .access_key_id = setting("AWS_ACCESS_KEY_ID"),
        .secret_access_key = setting("AWS_SECRET_ACCESS_KEY"),
        .session_token = getenv("AWS_SESSION_TOKEN"),
        .region = setting("AWS_REGION"),
        .service = "bedrock",
        .unix_seconds = seconds_now(),
        .method = "POST",
        .url = url,
        .content_type = "application/json",
        .body = {body, fread(body, 1, sizeof(body), stdin)},
    };
    write_url(url, sizeof(url), request.region, argv[1]);
    if (ccp_sigv4_sign(&request, &headers, &error) != CCP_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    printf("%s\n-H content-type:application/json\n-H x-amz-date:%s\n", url,
           headers.x_amz_date);
    printf("-H x-amz-content-sha256:%s\n", headers.x_amz_content_sha256);
    if (request.session_token)
        printf("-H \"x-amz-security-token:$AWS_SESSION_TOKEN\"\n");
    printf("-H 'authorization:%s'\n", headers.authorization);
    return EXIT_SUCCESS;
}
