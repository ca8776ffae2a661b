/* The server as a whole: made from the command line and the configuration file, run, reloaded, ended. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "server/options.h"

/* Serves until SIGTERM or SIGINT. The program's exit status: 0; 1 where it could not begin, 2 where the options
 * are wrong whatever the machine and the file say (logged). */
int server_run(const struct server_options *options);

#endif
