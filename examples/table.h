/* Files with tables: in each line three texts with commas between them. Empty lines and those that begin with # say
 * nothing. (libcoap's own coap-client and coap-server read the same files.)
 */
#ifndef EXAMPLE_TABLE_H
#define EXAMPLE_TABLE_H

#include "example.h"

enum { MAX_ROWS = 100 };

struct row {
  coap_bin_const_t texts[3];
};

struct table {
  coap_binary_t *file;  /* what the rows point into */
  size_t count;
  struct row rows[MAX_ROWS];
};

/* Takes the line from `start` to `end` apart. The third text goes on to the end: a key may well have a comma in it. */
static inline int
read_row(struct row *row, const uint8_t *start, const uint8_t *end) {
  const uint8_t *comma = end;
  int i;

  for (i = 0; i < 3; i++, start = comma + 1) {
    comma = i < 2 ? memchr(start, ',', (size_t)(end - start)) : end;
    if (!comma)
      return 0;
    row->texts[i].s = start;
    row->texts[i].length = (size_t)(comma - start);
  }
  return 1;
}

/* Reads a table, or ends with a complaint. */
static inline void
read_table(struct table *table, const char *name) {
  const uint8_t *line, *end, *line_end;

  table->file = read_file(name);
  if (!table->file)
    exit(ENDS_WRONG_USAGE);
  end = table->file->s + table->file->length;
  for (line = table->file->s; line < end; line = line_end + 1) {
    line_end = memchr(line, '\n', (size_t)(end - line));
    if (!line_end)
      line_end = end;
    if (line == line_end || *line == '#')
      continue;
    if (table->count == MAX_ROWS || !read_row(&table->rows[table->count++], line, line_end)) {
      fprintf(stderr, "%s: not three texts with commas between them, or more than %d lines: %.*s\n", name, MAX_ROWS,
              (int)(line_end - line), (const char *)line);
      exit(ENDS_WRONG_USAGE);
    }
  }
}

/* Whether a text of a table is this one. */
static inline int
is_text(const coap_bin_const_t *text, const uint8_t *bytes, size_t length) {
  return text->length == length && (!length || memcmp(text->s, bytes, length) == 0);
}

#endif /* EXAMPLE_TABLE_H */
