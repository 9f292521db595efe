#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "io/http.h"

/* The paths under /_control, by which tests direct the simulator and ask it. */
bool sim_control_is_for(const sim_request *request);

/* Answers one. False: the connection is over. */
bool sim_control_serve(sim_connection *connection, const sim_request *request);

#endif
