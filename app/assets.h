#ifndef CCP_APP_ASSETS_H
#define CCP_APP_ASSETS_H

#include <stddef.h>

/*
 * The files of app/pages/ as they are compiled in, written by
 * app/pages/embed.cmake: each with its compressed forms, where they are smaller.
 */
typedef enum app_asset_encoding {
    APP_ASSET_PLAIN = 0,
    APP_ASSET_GZIP,
    APP_ASSET_BROTLI,
    APP_ASSET_ENCODINGS
} app_asset_encoding;

typedef struct app_asset_form {
    const unsigned char *bytes; /* NULL: there is no such form */
    size_t len;
    const char *etag; /* in its quotes */
} app_asset_form;

typedef struct app_asset {
    const char *path;
    const char *type;
    const char *policy; /* the Content-Security-Policy */
    app_asset_form forms[APP_ASSET_ENCODINGS];
} app_asset;

/* A path that ends the table is NULL. */
extern const app_asset app_assets[];

/* Of every file's content: it stands in their URLs, which so never change meaning. */
extern const char app_assets_version[];

#endif
