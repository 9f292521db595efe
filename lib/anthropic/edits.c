#include "anthropic/edits.h"

#include <string.h>

bool ccpi_edits_have(const ccpi_edits *edits, ccpi_edit_kind kind, const char *name)
{
    for (size_t i = 0; edits && i < edits->count; i++)
        if (edits->items[i].kind == kind && strcmp(edits->items[i].name, name) == 0)
            return true;
    return false;
}

bool ccpi_edits_add(ccpi_edits *edits, ccpi_edit_kind kind, const char *name,
                    ccpi_edit_nature nature)
{
    ccpi_edit *edit;

    if (ccpi_edits_have(edits, kind, name))
        return true;
    if (edits->count == CCPI_EDITS_MAX || strlen(name) > CCPI_EDIT_NAME_MAX)
        return false;
    edit = &edits->items[edits->count++];
    *edit = (ccpi_edit){.kind = kind, .nature = nature};
    memcpy(edit->name, name, strlen(name) + 1);
    return true;
}

void ccpi_edits_forget(ccpi_edits *edits, ccpi_edit_nature nature)
{
    size_t kept = 0;

    for (size_t i = 0; i < edits->count; i++)
        if (edits->items[i].nature != nature)
            edits->items[kept++] = edits->items[i];
    edits->count = kept;
}
