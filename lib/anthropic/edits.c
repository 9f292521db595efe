#include "anthropic/edits.h"

#include <string.h>

bool ccpi_edits_have(const ccpi_edits *edits, ccpi_edit_kind kind, const char *name)
{
    for (size_t i = 0; edits && i < edits->count; i++)
        if (edits->items[i].kind == kind && strcmp(edits->items[i].name, name) == 0)
            return true;
    return false;
}

bool ccpi_edits_add(ccpi_edits *edits, ccpi_edit_kind kind, const char *name)
{
    if (ccpi_edits_have(edits, kind, name))
        return true;
    if (edits->count == CCPI_EDITS_MAX || strlen(name) > CCPI_EDIT_NAME_MAX)
        return false;
    edits->items[edits->count].kind = kind;
    memcpy(edits->items[edits->count].name, name, strlen(name) + 1);
    edits->count++;
    return true;
}
