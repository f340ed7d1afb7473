/* common/format/qr.h - QR codes (ISO/IEC 18004) for pages and sheets of paper.
 */
#ifndef LIENXA_FORMAT_QR_H
#define LIENXA_FORMAT_QR_H

#include "common/base/buf.h"
#include "common/base/error.h"

enum {
    QR_TEXT_LIMIT = 2048, /* bytes of a text */
    QR_QUIET = 4          /* white modules on each side */
};

/* Appends the value of `d` of an SVG path that fills the dark modules of `text`
 * as a QR code (level M: a seventh of it may be unreadable), one unit a module,
 * and gives the side of the whole square with its quiet zone: viewBox "0 0 SIDE
 * SIDE", shape-rendering crispEdges, black on white. ERR_INVALID: empty, or
 * longer than QR_TEXT_LIMIT. */
int format_qr_path(struct buf *path, unsigned *side, struct bytes text,
                   struct error *err);

#endif
