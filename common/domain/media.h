/* common/domain/media.h - what kinds of files a report may have, told by their
 * content and never by their name. Pure.
 */
#ifndef LIENXA_DOMAIN_MEDIA_H
#define LIENXA_DOMAIN_MEDIA_H

#include <stdbool.h>

#include "common/base/buf.h"

enum media_type { /* PROTOCOL 4.11 */
                  MEDIA_JPEG = 1,
                  MEDIA_PNG,
                  MEDIA_WEBP,
                  MEDIA_PDF,
                  MEDIA_MP4,
                  MEDIA_WEBM,
                  MEDIA_MP3,
                  MEDIA_OGG,
                  MEDIA_WAV,
                  MEDIA_TYPE_END
};

enum { MEDIA_LOOK_BYTES = 16 /* of the beginning, to tell */ };

/* 0: none of these. */
int media_type_of(struct bytes beginning);
/* Is made anew from its pixels at intake, and so leaves clean. */
bool media_is_picture(int type);
/* "image/jpeg"; "application/octet-stream" for what is not known. */
const char *media_type_text(int type);

#endif
