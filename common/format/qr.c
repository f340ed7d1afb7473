/* common/format/qr.c - see qr.h. */
#include "common/format/qr.h"

#include <qrencode.h>

enum { DARK = 1 };

/* One stroke for each run of dark modules. */
static void add_row(struct buf *path, const unsigned char *row, unsigned width,
                    unsigned y)
{
    for (unsigned x = 0; x < width; x++) {
        unsigned from = x;

        while (x < width && (row[x] & DARK) != 0)
            x++;
        if (x > from)
            buf_printf(path, "M%u %uh%uv1h-%uz", from + QR_QUIET, y + QR_QUIET,
                       x - from, x - from);
    }
}

int format_qr_path(struct buf *path, unsigned *side, struct bytes text,
                   struct error *err)
{
    QRcode *code = NULL;

    if (text.size > 0 && text.size <= QR_TEXT_LIMIT)
        code = QRcode_encodeData((int)text.size, text.data, 0, QR_ECLEVEL_M);
    if (code == NULL)
        return error_set(err, ERR_INVALID,
                         "a QR code holds 1 to %d bytes, not %zu",
                         QR_TEXT_LIMIT, text.size);
    *side = (unsigned)code->width + 2 * QR_QUIET;
    for (unsigned y = 0; y < (unsigned)code->width; y++)
        add_row(path, code->data + y * (unsigned)code->width,
                (unsigned)code->width, y);
    QRcode_free(code);
    return 0;
}
