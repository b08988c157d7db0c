/*
 * An SQLite file system that writes down what is done to a database and its -wal file, in the order in which it is done:
 * every write, truncation and flush, before it goes to the real file system underneath. test/log/power-cut/disk.ts plays
 * it back to what a disk may hold after a power cut.
 *
 * A record: kind ('w', 't', 's'), file ('d' database, 'w' -wal), offset or size (8 bytes), length (4 bytes), little-endian,
 * then the bytes of a write. The file to write them to is named by FORESIGHT_DISK_TRACE.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sqlite3ext.h"
SQLITE_EXTENSION_INIT1

typedef struct {
  sqlite3_file base;
  char name; /* 'd', 'w', or 0 for what is not written down */
  sqlite3_file *real;
} RecordedFile;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs recording_vfs;
static int trace = -1;

static int put(char kind, char name, sqlite3_int64 at, const void *bytes, int length) {
  unsigned char head[14];
  unsigned char *record;
  ssize_t wanted = (ssize_t)sizeof head + length, written;
  if (name == 0) return SQLITE_OK;
  head[0] = (unsigned char)kind;
  head[1] = (unsigned char)name;
  memcpy(head + 2, &at, 8);
  memcpy(head + 10, &length, 4);
  record = malloc((size_t)wanted);
  if (record == NULL) return SQLITE_NOMEM;
  memcpy(record, head, sizeof head);
  if (length > 0) memcpy(record + sizeof head, bytes, (size_t)length);
  written = write(trace, record, (size_t)wanted); /* one call: records of two threads do not mix */
  free(record);
  return written == wanted ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

#define REAL(file) (((RecordedFile *)(file))->real)
#define NAME(file) (((RecordedFile *)(file))->name)

static int rec_close(sqlite3_file *f) { return REAL(f)->pMethods->xClose(REAL(f)); }
static int rec_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at) { return REAL(f)->pMethods->xRead(REAL(f), to, n, at); }
static int rec_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at) {
  int rc = put('w', NAME(f), at, from, n);
  return rc != SQLITE_OK ? rc : REAL(f)->pMethods->xWrite(REAL(f), from, n, at);
}
static int rec_truncate(sqlite3_file *f, sqlite3_int64 size) {
  int rc = put('t', NAME(f), size, NULL, 0);
  return rc != SQLITE_OK ? rc : REAL(f)->pMethods->xTruncate(REAL(f), size);
}
static int rec_sync(sqlite3_file *f, int flags) {
  int rc = REAL(f)->pMethods->xSync(REAL(f), flags);
  return rc != SQLITE_OK ? rc : put('s', NAME(f), 0, NULL, 0);
}
static int rec_size(sqlite3_file *f, sqlite3_int64 *size) { return REAL(f)->pMethods->xFileSize(REAL(f), size); }
static int rec_lock(sqlite3_file *f, int level) { return REAL(f)->pMethods->xLock(REAL(f), level); }
static int rec_unlock(sqlite3_file *f, int level) { return REAL(f)->pMethods->xUnlock(REAL(f), level); }
static int rec_reserved(sqlite3_file *f, int *out) { return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out); }
static int rec_control(sqlite3_file *f, int op, void *arg) { return REAL(f)->pMethods->xFileControl(REAL(f), op, arg); }
static int rec_sector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int rec_device(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }
static int rec_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
  return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out);
}
static int rec_shm_lock(sqlite3_file *f, int at, int n, int flags) { return REAL(f)->pMethods->xShmLock(REAL(f), at, n, flags); }
static void rec_shm_barrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }
static int rec_shm_unmap(sqlite3_file *f, int gone) { return REAL(f)->pMethods->xShmUnmap(REAL(f), gone); }

/* Version 2: without memory-mapped pages, which would be written past this. */
static const sqlite3_io_methods methods = {
  2, rec_close, rec_read, rec_write, rec_truncate, rec_sync, rec_size, rec_lock, rec_unlock, rec_reserved, rec_control,
  rec_sector, rec_device, rec_shm_map, rec_shm_lock, rec_shm_barrier, rec_shm_unmap, NULL, NULL,
};

static int ends_with(const char *name, const char *end) {
  size_t n = strlen(name), m = strlen(end);
  return n >= m && strcmp(name + n - m, end) == 0;
}

static int rec_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags, int *out) {
  RecordedFile *file = (RecordedFile *)f;
  int rc;
  (void)vfs;
  file->real = (sqlite3_file *)&file[1];
  file->name = 0;
  if (name != NULL && ends_with(name, "foresight.db")) file->name = 'd';
  if (name != NULL && ends_with(name, "foresight.db-wal")) file->name = 'w';
  rc = real_vfs->xOpen(real_vfs, name, file->real, flags, out);
  file->base.pMethods = file->real->pMethods == NULL ? NULL : &methods;
  return rc;
}

int sqlite3_recordingvfs_init(sqlite3 *db, char **error, const sqlite3_api_routines *api) {
  const char *path = getenv("FORESIGHT_DISK_TRACE");
  (void)db;
  (void)error;
  SQLITE_EXTENSION_INIT2(api);
  trace = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (trace < 0) return SQLITE_CANTOPEN;
  real_vfs = sqlite3_vfs_find(NULL);
  recording_vfs = *real_vfs;
  recording_vfs.zName = "recording";
  recording_vfs.szOsFile = (int)sizeof(RecordedFile) + real_vfs->szOsFile;
  recording_vfs.xOpen = rec_open;
  if (sqlite3_vfs_register(&recording_vfs, 1) != SQLITE_OK) return SQLITE_ERROR;
  return SQLITE_OK_LOAD_PERMANENTLY;
}
