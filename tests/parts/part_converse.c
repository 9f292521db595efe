/* A request goes to Converse's form, and an answer comes back, without network. */
#include <ccproxy/converse.h>
#include <string.h>

#include "check.h"

static const char REQUEST[] = "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":9,"
                              "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

static const char ANSWER[] =
    "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":\"Ho\"}]}},"
    "\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":3,\"outputTokens\":2}}";

int main(void)
{
    const ccp_converse_facts facts = {.model_id = "global.anthropic.claude-sonnet-5-5",
                                      .request_id = "req_0123",
                                      .request = REQUEST};
    char *out;

    CHECK(ccp_converse_request(REQUEST, &facts, &out, NULL) == CCP_OK);
    CHECK(strstr(out,
                 "\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]}]"));
    CHECK(strstr(out, "\"maxTokens\":9"));
    free(out);

    CHECK(ccp_converse_response(ANSWER, &facts, &out, NULL) == CCP_OK);
    CHECK(strstr(out, "\"model\":\"claude-sonnet-5-5\""));
    CHECK(strstr(out, "\"text\":\"Ho\""));
    free(out);

    CHECK(ccp_converse_request("[]", &facts, &out, NULL) == CCP_INVALID && !out);
    return 0;
}
