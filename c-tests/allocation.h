/* A C allocator that fails on demand (hostile.md X41). Include it in one file of the program.
 *
 *     fail_allocation(3, 1);     // the third allocation from now on fails, and only that one
 *     fail_allocation(3, 0);     // the third and all later ones fail
 *     ...
 *     if (stop_failing()) ...    // back to normal; tells whether one has failed
 *
 * It counts the blocks that are in use, too: live_blocks. malloc() and its kin are defined here and handed on to the
 * C library, so this works with the shared library and with the static one. Not under valgrind, which does the same.
 */
#ifndef ALLOCATION_H
#define ALLOCATION_H

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Volatile, because compilers take it for granted that malloc() and free() look at nothing of the program's. */
static volatile long live_blocks;          /* blocks of the C allocator in use */
static volatile long allocations_to_come;  /* this one fails, counted from 1; counts only while failing is on */
static volatile int failing, failing_once, have_failed;

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);

/* ISO C has no cast from an object pointer to a function pointer; memory has. */
static void
find_next(void *function, size_t size, const char *name) {
  static int finding;
  void *found;

  if (finding) /* dlsym() itself wants memory: it can do without */
    return;
  finding = 1;
  found = dlsym(RTLD_NEXT, name);
  memcpy(function, &found, size);
  finding = 0;
}

static int
fails_now(void) {
  if (!failing || (have_failed && failing_once))
    return 0;
  if (--allocations_to_come > 0)
    return 0;
  have_failed = 1;
  errno = ENOMEM;
  return 1;
}

void *
malloc(size_t size) {
  void *block;

  if (!next_malloc)
    find_next(&next_malloc, sizeof(next_malloc), "malloc");
  if (!next_malloc || fails_now())
    return NULL;
  block = next_malloc(size);
  live_blocks += block != NULL;
  return block;
}

void *
calloc(size_t count, size_t size) {
  void *block;

  if (!next_calloc)
    find_next(&next_calloc, sizeof(next_calloc), "calloc");
  if (!next_calloc || fails_now())
    return NULL;
  block = next_calloc(count, size);
  live_blocks += block != NULL;
  return block;
}

void *
realloc(void *old, size_t size) {
  void *block;

  if (!next_realloc)
    find_next(&next_realloc, sizeof(next_realloc), "realloc");
  if (!next_realloc || fails_now())
    return NULL;
  block = next_realloc(old, size);
  live_blocks += block != NULL && !old;
  live_blocks -= !block && old && !size; /* was a free() */
  return block;
}

void
free(void *block) {
  if (!next_free)
    find_next(&next_free, sizeof(next_free), "free");
  live_blocks -= block != NULL;
  if (next_free)
    next_free(block);
}

static inline void
fail_allocation(long which, int only_that) {
  allocations_to_come = which;
  failing_once = only_that;
  have_failed = 0;
  failing = 1;
}

static inline int
stop_failing(void) {
  failing = 0;
  return have_failed;
}

#endif
