/* common/web/files.h - files of reports, in and out. Not for others than
 * common/web.
 */
#ifndef LIENXA_WEB_FILES_H
#define LIENXA_WEB_FILES_H

#include "common/web/inside.h"

#define WEB_UPLOADS "/api/uploads/"
#define WEB_FILES "/api/files/"
#define WEB_ORIGINALS "/api/originals/" /* what original.open has opened */

/* ---- files.c */

/* Is it for the lane of files? */
bool web_is_file(const struct web *web, const char *path);
/* Hands it to the lane, or refuses. */
void web_file_defer(struct web *web, struct http_request *request);
void *web_file_open(void *web);
void web_file_close(void *web, void *state);
void web_file_work(void *web, void *state, struct http_request *request);
/* The request is over (http_config.done). */
void web_file_done(void *web, void *job);
/* The value of Content-Disposition for a file that people call `shown`. */
void web_file_disposition(struct buf *out, bool save, const char *shown);

/* ---- uploads.c */
void web_upload_work(struct web *web, void *data, struct http_request *request);

#endif
