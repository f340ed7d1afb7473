/* tests/support/picture_main.c - lienxa-picture SIDE CANARY [SEED]: a JPEG of
 * SIDE x SIDE noisy pixels on standard output, with an EXIF block that says
 * where it was taken (GPS), holds CANARY as the camera's name, and says that
 * the picture lies on its side. Invented here, for tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "common/base/buf.h"
#include "common/base/mem.h"

enum { QUALITY = 95 };

static void entry(struct buf *b, unsigned tag, unsigned type, uint32_t count,
                  uint32_t value)
{
    buf_add_u8(b, (uint8_t)(tag >> 8));
    buf_add_u8(b, (uint8_t)tag);
    buf_add_u8(b, 0);
    buf_add_u8(b, (uint8_t)type);
    buf_add_u32(b, count);
    buf_add_u32(b, value);
}

/* Big-endian TIFF: maker (the canary), orientation 6, a GPS block with the
 * latitude 16 33 7 N. */
static void exif(struct buf *out, const char *canary)
{
    uint32_t size = (uint32_t)strlen(canary) + 1, gps = 8 + 2 + 3 * 12 + 4;

    buf_add(out, "Exif\0\0MM\0*\0\0\0\x08\0\x03", 16);
    entry(out, 0x10f, 2, size, gps + 2 + 2 * 12 + 4 + 24);
    entry(out, 0x112, 3, 1, 6U << 16);
    entry(out, 0x8825, 4, 1, gps);
    buf_add_u32(out, 0);
    buf_add(out, "\0\x02", 2);
    entry(out, 1, 2, 2, (uint32_t)'N' << 24);
    entry(out, 2, 5, 3, gps + 2 + 2 * 12 + 4);
    buf_add_u32(out, 0);
    for (int i = 0; i < 3; i++) {
        static const uint32_t degrees[] = {16, 33, 7};

        buf_add_u32(out, degrees[i]);
        buf_add_u32(out, 1);
    }
    buf_add(out, canary, size);
}

int main(int argc, char **argv)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    struct buf block = {0};
    unsigned long side = argc >= 3 ? strtoul(argv[1], NULL, 10) : 0;
    uint32_t state = argc >= 4 ? (uint32_t)strtoul(argv[3], NULL, 10) : 1;
    uint8_t *line;

    if (side == 0 || side > 8000)
        return 2;
    state = state * 2654435761u + 12345;
    line = mem_array(side, 3);
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_stdio_dest(&c, stdout);
    c.image_width = c.image_height = (JDIMENSION)side;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, QUALITY, TRUE);
    jpeg_start_compress(&c, TRUE);
    exif(&block, argv[2]);
    jpeg_write_marker(&c, JPEG_APP0 + 1, block.data, (unsigned)block.size);
    for (unsigned long y = 0; y < side; y++) {
        for (unsigned long x = 0; x < side * 3; x++) {
            state = state * 1664525u + 1013904223u;
            line[x] = (uint8_t)(state >> 24);
        }
        (void)jpeg_write_scanlines(&c, &line, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    mem_free(&line);
    buf_free(&block);
    return 0;
}
