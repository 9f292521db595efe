#ifndef CCPI_ANTHROPIC_EDITS_H
#define CCPI_ANTHROPIC_EDITS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a Messages request has to do without, because an upstream refused it
 * (BR-16). A plain value that is carried from one try of a request to the
 * next; who translates the request leaves these things out.
 */
#define CCPI_EDITS_MAX 32
#define CCPI_EDIT_NAME_MAX 95

typedef enum ccpi_edit_kind {
    CCPI_EDIT_FIELD = 0, /* a member of the body; "*" in its path is any index:
                            "context_management", "tools.*.strict" */
    CCPI_EDIT_BETA,      /* a value of anthropic-beta */
    CCPI_EDIT_THINKING   /* the thinking blocks of the history; it has no name */
} ccpi_edit_kind;

/* How sure it is that this was what the upstream refused. */
typedef enum ccpi_edit_nature {
    CCPI_EDIT_NAMED = 0, /* the refusal named it */
    CCPI_EDIT_PAIRED,    /* it makes no sense without the named one before it */
    CCPI_EDIT_GUESS,     /* it is one of several that may have been meant */
    CCPI_EDIT_KNOWN,     /* an earlier request was refused for it */
    CCPI_EDIT_OF_VALUE   /* not its presence was refused, but what it says */
} ccpi_edit_nature;

typedef struct ccpi_edit {
    ccpi_edit_kind kind;
    ccpi_edit_nature nature;
    char name[CCPI_EDIT_NAME_MAX + 1];
} ccpi_edit;

typedef struct ccpi_edits {
    ccpi_edit items[CCPI_EDITS_MAX];
    size_t count;
    int tries; /* refusals that led to this list; 0: none yet */
} ccpi_edits;

/* NULL stands for an empty list. */
bool ccpi_edits_have(const ccpi_edits *edits, ccpi_edit_kind kind, const char *name);

/* false: the list is full, or the name too long; true if it stood there already. */
bool ccpi_edits_add(ccpi_edits *edits, ccpi_edit_kind kind, const char *name,
                    ccpi_edit_nature nature);

/* Takes all of that nature off the list. */
void ccpi_edits_forget(ccpi_edits *edits, ccpi_edit_nature nature);

#endif
