#include <sqlite3.h>

/* Variadic in C, and so out of Swift's reach: keeps a closing connection from checkpointing the log,
   which would cost every short-lived process two more waits for the disk. */
static inline int csqlite_skip_checkpoint_on_close(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/* Variadic in C, too. Once for the process, and before it opens a database: SQLite counts no bytes, for which each
   allocation would take a lock. */
static inline int csqlite_skip_memory_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* A cast that Swift can't write: tells SQLite to copy what is bound. */
static inline sqlite3_destructor_type csqlite_transient(void) {
    return SQLITE_TRANSIENT;
}
