#include "CLibPQ.h"

#include <dlfcn.h>
#include <stddef.h>

#define CLIBPQ_MEMBER(type, name, parameters, arguments) type (*name) parameters;
static struct { CLIBPQ_FUNCTIONS(CLIBPQ_MEMBER) CLIBPQ_PIPELINE_FUNCTIONS(CLIBPQ_MEMBER) } libpq;
static int has_pipelines;

const char *clibpq_load(const char *library) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return dlerror();
    /* POSIX lets an object pointer from dlsym be stored as a pointer to a function in this way. */
#define CLIBPQ_FIND(type, name, parameters, arguments) \
    *(void **)&libpq.name = dlsym(handle, #name); \
    if (libpq.name == NULL) return dlerror();
    CLIBPQ_FUNCTIONS(CLIBPQ_FIND)
    has_pipelines = 1;
#define CLIBPQ_FIND_OPTIONAL(type, name, parameters, arguments) \
    *(void **)&libpq.name = dlsym(handle, #name); \
    if (libpq.name == NULL) has_pipelines = 0;
    CLIBPQ_PIPELINE_FUNCTIONS(CLIBPQ_FIND_OPTIONAL)
    return NULL;
}

int clibpq_has_pipelines(void) { return has_pipelines; }

#define CLIBPQ_DEFINE(type, name, parameters, arguments) \
    type clibpq_##name parameters { return libpq.name arguments; }
CLIBPQ_FUNCTIONS(CLIBPQ_DEFINE)
CLIBPQ_PIPELINE_FUNCTIONS(CLIBPQ_DEFINE)

static void drop(void *argument, const char *message) {
    (void)argument;
    (void)message;
}

void clibpq_drop_notices(PGconn *connection) { libpq.PQsetNoticeProcessor(connection, drop, NULL); }
