#ifndef CLIBPQ_H
#define CLIBPQ_H

/* The part of PostgreSQL's client library that is used here. The library is loaded when it is needed, so that programs
   without a PostgreSQL database neither need it nor wait for it. Its prototypes are written here once more, so that its
   headers are not needed, either. They have been the same since PostgreSQL 9.6. */

typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;
typedef unsigned int Oid;

/* ConnStatusType: the only values of a connection that is not being made. */
enum { CLIBPQ_CONNECTION_OK = 0, CLIBPQ_CONNECTION_BAD = 1 };
/* PGTransactionStatusType. */
enum { CLIBPQ_IDLE = 0, CLIBPQ_ACTIVE = 1, CLIBPQ_IN_TRANSACTION = 2, CLIBPQ_IN_ERROR = 3, CLIBPQ_UNKNOWN = 4 };
/* ExecStatusType, as far as it occurs. */
enum {
    CLIBPQ_EMPTY_QUERY = 0, CLIBPQ_COMMAND_OK = 1, CLIBPQ_TUPLES_OK = 2, CLIBPQ_PIPELINE_SYNC = 10,
    CLIBPQ_PIPELINE_ABORTED = 11
};
/* PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY. */
enum { CLIBPQ_SQLSTATE = 'C', CLIBPQ_MESSAGE = 'M', CLIBPQ_DETAIL = 'D' };
/* Types of columns: bool, int8, int2, int4, oid and numeric in pg_type. */
enum {
    CLIBPQ_BOOL = 16, CLIBPQ_INT8 = 20, CLIBPQ_INT2 = 21, CLIBPQ_INT4 = 23, CLIBPQ_OID = 26, CLIBPQ_NUMERIC = 1700
};

/* Each function: its result, its name, its parameters, and the arguments to pass on. */
#define CLIBPQ_FUNCTIONS(F) \
    F(int, PQlibVersion, (void), ()) \
    F(PGconn *, PQconnectdbParams, (const char *const *keywords, const char *const *values, int expand), \
      (keywords, values, expand)) \
    F(void, PQfinish, (PGconn *connection), (connection)) \
    F(int, PQstatus, (const PGconn *connection), (connection)) \
    F(int, PQtransactionStatus, (const PGconn *connection), (connection)) \
    F(char *, PQerrorMessage, (const PGconn *connection), (connection)) \
    F(int, PQserverVersion, (const PGconn *connection), (connection)) \
    F(int, PQbackendPID, (const PGconn *connection), (connection)) \
    F(int, PQsocket, (const PGconn *connection), (connection)) \
    F(char *, PQhost, (const PGconn *connection), (connection)) \
    F(char *, PQport, (const PGconn *connection), (connection)) \
    F(char *, PQdb, (const PGconn *connection), (connection)) \
    F(int, PQsetnonblocking, (PGconn *connection, int on), (connection, on)) \
    F(void *, PQsetNoticeProcessor, (PGconn *connection, void (*processor)(void *, const char *), void *argument), \
      (connection, processor, argument)) \
    F(int, PQsendQuery, (PGconn *connection, const char *text), (connection, text)) \
    F(int, PQsendQueryParams, \
      (PGconn *connection, const char *text, int count, const Oid *types, const char *const *values, \
       const int *lengths, const int *formats, int format), \
      (connection, text, count, types, values, lengths, formats, format)) \
    F(int, PQsendPrepare, \
      (PGconn *connection, const char *name, const char *text, int count, const Oid *types), \
      (connection, name, text, count, types)) \
    F(int, PQsendQueryPrepared, \
      (PGconn *connection, const char *name, int count, const char *const *values, const int *lengths, \
       const int *formats, int format), \
      (connection, name, count, values, lengths, formats, format)) \
    F(int, PQflush, (PGconn *connection), (connection)) \
    F(int, PQconsumeInput, (PGconn *connection), (connection)) \
    F(int, PQisBusy, (PGconn *connection), (connection)) \
    F(PGresult *, PQgetResult, (PGconn *connection), (connection)) \
    F(int, PQresultStatus, (const PGresult *result), (result)) \
    F(char *, PQresultErrorField, (const PGresult *result, int field), (result, field)) \
    F(int, PQntuples, (const PGresult *result), (result)) \
    F(int, PQnfields, (const PGresult *result), (result)) \
    F(char *, PQfname, (const PGresult *result, int column), (result, column)) \
    F(Oid, PQftype, (const PGresult *result, int column), (result, column)) \
    F(char *, PQgetvalue, (const PGresult *result, int row, int column), (result, row, column)) \
    F(int, PQgetlength, (const PGresult *result, int row, int column), (result, row, column)) \
    F(int, PQgetisnull, (const PGresult *result, int row, int column), (result, row, column)) \
    F(char *, PQcmdStatus, (PGresult *result), (result)) \
    F(char *, PQcmdTuples, (PGresult *result), (result)) \
    F(void, PQclear, (PGresult *result), (result))

/* The functions for pipelines, which libraries before PostgreSQL 14 don't have. */
#define CLIBPQ_PIPELINE_FUNCTIONS(F) \
    F(int, PQenterPipelineMode, (PGconn *connection), (connection)) \
    F(int, PQexitPipelineMode, (PGconn *connection), (connection)) \
    F(int, PQpipelineSync, (PGconn *connection), (connection))

/* Declares for each function one of the same name and the prefix clibpq_, which calls it. They may be called only after
   clibpq_load has succeeded. */
#define CLIBPQ_DECLARE(type, name, parameters, arguments) type clibpq_##name parameters;
CLIBPQ_FUNCTIONS(CLIBPQ_DECLARE)
CLIBPQ_PIPELINE_FUNCTIONS(CLIBPQ_DECLARE)
#undef CLIBPQ_DECLARE

/* Loads the library of this file name, once for the process. Returns NULL, or the problem. Not for several threads at
   once. */
const char *clibpq_load(const char *library);

/* Whether the loaded library has the functions for pipelines. */
int clibpq_has_pipelines(void);

/* Drops the notices of the server, which libpq prints otherwise. */
void clibpq_drop_notices(PGconn *connection);

#endif
