#include "provider/provider.h"

const char *ccpi_class_name(ccpi_class kind)
{
    static const char *const names[] = {
        [CCPI_CLASS_NONE] = "none",
        [CCPI_CLASS_RATE_LIMIT] = "rate_limit",
        [CCPI_CLASS_USAGE_LIMIT] = "usage_limit",
        [CCPI_CLASS_SERVER_ERROR] = "server_error",
        [CCPI_CLASS_CLIENT_ERROR] = "client_error",
        [CCPI_CLASS_TIMEOUT] = "timeout",
        [CCPI_CLASS_NETWORK_ERROR] = "network_error",
        [CCPI_CLASS_BEDROCK_AUTH] = "bedrock_auth_error",
        [CCPI_CLASS_BEDROCK_QUOTA] = "bedrock_quota_exceeded",
        [CCPI_CLASS_BEDROCK_VALIDATION] = "bedrock_validation",
        [CCPI_CLASS_BEDROCK_MODEL_UNKNOWN] = "bedrock_model_unknown",
        [CCPI_CLASS_BEDROCK_MODEL_ERROR] = "bedrock_model_error",
        [CCPI_CLASS_BEDROCK_UNAVAILABLE] = "bedrock_unavailable",
        [CCPI_CLASS_BEDROCK_TIMEOUT] = "bedrock_timeout",
    };

    return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}
