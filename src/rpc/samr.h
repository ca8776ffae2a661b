/* Inside rpc/: what the files of samr share. */
#ifndef RPC_SAMR_H
#define RPC_SAMR_H

#include "rpc/directory.h"
#include "wire/dce/samr.h"

enum { SAMR_LOOKUP_MAX = 1000 }; /* [MS-SAMR] 3.1.5.11.2 */

#endif
