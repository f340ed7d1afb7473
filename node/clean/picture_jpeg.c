/* node/clean/picture_jpeg.c - JPEG: see picture.h. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "common/base/mem.h"
#include "node/clean/picture.h"

enum { QUALITY = 85, EXIF_MOST = 65535, COLOURS = 3 };

struct failing {
    struct jpeg_error_mgr manager;
    jmp_buf out;
};

static void on_error(j_common_ptr info)
{
    struct failing *f = (struct failing *)info->err;

    longjmp(f->out, 1);
}

static void on_message(j_common_ptr info, int level)
{
    (void)info;
    (void)level;
}

static struct jpeg_error_mgr *handler(struct failing *f)
{
    (void)jpeg_std_error(&f->manager);
    f->manager.error_exit = on_error;
    f->manager.emit_message = on_message;
    return &f->manager;
}

/* ---- which way up (TIFF tag 0x112 of EXIF), 1 to 8 */

static unsigned number(struct bytes b, size_t at, size_t size, bool little)
{
    unsigned value = 0;

    if (at + size > b.size || at + size < at)
        return 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | b.data[little ? at + size - 1 - i : at + i];
    return value;
}

static int orientation_of(struct bytes exif)
{
    struct bytes tiff;
    unsigned count;
    size_t at;
    bool little;

    if (exif.size < 14 || memcmp(exif.data, "Exif\0\0", 6) != 0)
        return 1;
    tiff = bytes_of(exif.data + 6, exif.size - 6);
    little = tiff.data[0] == 'I';
    at = number(tiff, 4, 4, little);
    count = number(tiff, at, 2, little);
    for (unsigned i = 0; i < count && i < 200; i++) {
        size_t entry = at + 2 + (size_t)i * 12;

        if (number(tiff, entry, 2, little) == 0x112) {
            unsigned value = number(tiff, entry + 8, 2, little);

            return value >= 1 && value <= 8 ? (int)value : 1;
        }
    }
    return 1;
}

static int find_orientation(struct jpeg_decompress_struct *in)
{
    for (jpeg_saved_marker_ptr m = in->marker_list; m != NULL; m = m->next)
        if (m->marker == JPEG_APP0 + 1)
            return orientation_of(bytes_of(m->data, m->data_length));
    return 1;
}

/* ---- decoding */

int picture_jpeg_pixels(struct pixels *out, struct bytes in, unsigned side,
                        const char **why)
{
    struct jpeg_decompress_struct d;
    struct failing f;
    unsigned longer;

    *why = "the picture is damaged or no JPEG that is known here";
    d.err = handler(&f);
    if (setjmp(f.out) != 0) {
        jpeg_destroy_decompress(&d);
        return -1;
    }
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, in.data, in.size);
    jpeg_save_markers(&d, JPEG_APP0 + 1, EXIF_MOST);
    (void)jpeg_read_header(&d, TRUE);
    longer = d.image_width > d.image_height ? d.image_width : d.image_height;
    if ((uint64_t)d.image_width * d.image_height > PICTURE_MOST_PIXELS) {
        *why = "the picture has more than 64 million pixels";
        jpeg_destroy_decompress(&d);
        return -1;
    }
    out->orientation = find_orientation(&d);
    d.out_color_space = JCS_RGB;
    for (d.scale_denom = 1; longer / d.scale_denom > side && d.scale_denom < 8;)
        d.scale_denom *= 2;
    (void)jpeg_start_decompress(&d);
    out->width = d.output_width;
    out->height = d.output_height;
    out->colours = COLOURS;
    out->data = mem_array(out->height, (size_t)out->width * COLOURS);
    while (d.output_scanline < d.output_height) {
        JSAMPROW row =
            out->data + (size_t)d.output_scanline * out->width * COLOURS;

        (void)jpeg_read_scanlines(&d, &row, 1);
    }
    (void)jpeg_finish_decompress(&d);
    jpeg_destroy_decompress(&d);
    return 0;
}

/* Where the pixel (x, y) of the turned picture is in the one that came. */
static const uint8_t *pixel(const struct pixels *p, unsigned x, unsigned y)
{
    unsigned right = p->width - 1, low = p->height - 1, at_x = x, at_y = y;

    switch (p->orientation) {
    case 2:
        at_x = right - x;
        break;
    case 3:
        at_x = right - x;
        at_y = low - y;
        break;
    case 4:
        at_y = low - y;
        break;
    case 5:
        at_x = y;
        at_y = x;
        break;
    case 6:
        at_x = y;
        at_y = low - x;
        break;
    case 7:
        at_x = right - y;
        at_y = low - x;
        break;
    case 8:
        at_x = right - y;
        at_y = x;
        break;
    default:
        break;
    }
    return p->data + ((size_t)at_y * p->width + at_x) * COLOURS;
}

/* ---- encoding */

int picture_jpeg_write(struct buf *out, const struct pixels *p, int quality,
                       const char **why)
{
    bool lies = p->orientation >= 5;
    unsigned width = lies ? p->height : p->width;
    unsigned height = lies ? p->width : p->height;
    uint8_t *line = mem_array(width, COLOURS);
    unsigned char *made = NULL;
    unsigned long size = 0;
    struct jpeg_compress_struct c;
    struct failing f;

    *why = "the picture cannot be made anew";
    c.err = handler(&f);
    if (setjmp(f.out) != 0) {
        jpeg_destroy_compress(&c);
        return -1; /* the process ends with it */
    }
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &made, &size);
    c.image_width = width;
    c.image_height = height;
    c.input_components = COLOURS;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    jpeg_start_compress(&c, TRUE);
    for (unsigned y = 0; y < height; y++) {
        for (unsigned x = 0; x < width; x++)
            memcpy(line + (size_t)x * COLOURS, pixel(p, x, y), COLOURS);
        (void)jpeg_write_scanlines(&c, &line, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    buf_add(out, made, size);
    free(made);
    mem_free(&line);
    return 0;
}

int picture_jpeg(struct buf *out, struct bytes in, const char **why)
{
    struct pixels p = {.data = NULL};
    int rc = picture_jpeg_pixels(&p, in, PICTURE_SIDE, why);

    if (rc == 0)
        rc = picture_jpeg_write(out, &p, QUALITY, why);
    mem_free(&p.data);
    return rc;
}
