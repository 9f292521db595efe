#ifndef CCPI_CONFIG_SHAPE_H
#define CCPI_CONFIG_SHAPE_H

#include "config/table.h"

/* The forms that texts of settings must have. */

extern const ccpi_shape ccpi_shape_listen;
extern const ccpi_shape ccpi_shape_cidr;
extern const ccpi_shape ccpi_shape_origin;
extern const ccpi_shape ccpi_shape_any_url;
extern const ccpi_shape ccpi_shape_upstream_url; /* SE-7 */
extern const ccpi_shape ccpi_shape_database_url;
extern const ccpi_shape ccpi_shape_region;   /* BR-1 */
extern const ccpi_shape ccpi_shape_model_id; /* BR-1 */
extern const ccpi_shape ccpi_shape_geo_prefix;
extern const ccpi_shape ccpi_shape_zone;
extern const ccpi_shape ccpi_shape_header_value;
extern const ccpi_shape ccpi_shape_password_hash;

#endif
