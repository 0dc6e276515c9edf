/* Holds the prototypes of CLibPQ against PostgreSQL's own header. It is compiled by a test, and never run. */
#include <libpq-fe.h>

#include "CLibPQ.h"

/* Each function has exactly our type. Those that return an enumeration, or a pointer to a function, return an int or a pointer
   here, which are passed in the same way. */
#define SAME(name, type) _Static_assert(__builtin_types_compatible_p(__typeof__(name), type), #name)
#define ENUMERATION(type) _Static_assert(sizeof(type) == sizeof(int), #type)

static inline int int_PQstatus(const PGconn *connection) { return (int)PQstatus(connection); }
static inline int int_PQtransactionStatus(const PGconn *connection) { return (int)PQtransactionStatus(connection); }
static inline int int_PQresultStatus(const PGresult *result) { return (int)PQresultStatus(result); }
SAME(PQstatus, ConnStatusType(const PGconn *));
SAME(PQtransactionStatus, PGTransactionStatusType(const PGconn *));
SAME(PQresultStatus, ExecStatusType(const PGresult *));
ENUMERATION(ConnStatusType);
ENUMERATION(PGTransactionStatusType);
ENUMERATION(ExecStatusType);

static inline void *pointer_PQsetNoticeProcessor(
    PGconn *connection, void (*processor)(void *, const char *), void *argument) {
    return (void *)PQsetNoticeProcessor(connection, processor, argument);
}
SAME(PQsetNoticeProcessor, PQnoticeProcessor(PGconn *, PQnoticeProcessor, void *));

#define PQstatus int_PQstatus
#define PQtransactionStatus int_PQtransactionStatus
#define PQresultStatus int_PQresultStatus
#define PQsetNoticeProcessor pointer_PQsetNoticeProcessor
#define CHECK(type, name, parameters, arguments) SAME(name, type parameters);
CLIBPQ_FUNCTIONS(CHECK)

#define EQUAL(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #theirs)
EQUAL(CLIBPQ_CONNECTION_OK, CONNECTION_OK);
EQUAL(CLIBPQ_CONNECTION_BAD, CONNECTION_BAD);
EQUAL(CLIBPQ_IDLE, PQTRANS_IDLE);
EQUAL(CLIBPQ_ACTIVE, PQTRANS_ACTIVE);
EQUAL(CLIBPQ_IN_TRANSACTION, PQTRANS_INTRANS);
EQUAL(CLIBPQ_IN_ERROR, PQTRANS_INERROR);
EQUAL(CLIBPQ_UNKNOWN, PQTRANS_UNKNOWN);
EQUAL(CLIBPQ_EMPTY_QUERY, PGRES_EMPTY_QUERY);
EQUAL(CLIBPQ_COMMAND_OK, PGRES_COMMAND_OK);
EQUAL(CLIBPQ_TUPLES_OK, PGRES_TUPLES_OK);
EQUAL(CLIBPQ_SQLSTATE, PG_DIAG_SQLSTATE);
EQUAL(CLIBPQ_MESSAGE, PG_DIAG_MESSAGE_PRIMARY);
EQUAL(CLIBPQ_DETAIL, PG_DIAG_MESSAGE_DETAIL);
