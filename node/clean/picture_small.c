/* node/clean/picture_small.c - a picture so small that many fit a page: see
 * picture.h. */
#include "common/base/mem.h"
#include "common/domain/media.h"
#include "node/clean/picture.h"

enum { QUALITY = 75, WHITE = 255, OUT = 3 };

static int decode(struct pixels *out, struct bytes in, const char **why)
{
    switch (media_type_of(in)) {
    case MEDIA_JPEG:
        return picture_jpeg_pixels(out, in, 2 * PICTURE_SMALL, why);
    case MEDIA_PNG:
        return picture_png_pixels(out, in, why);
    case MEDIA_WEBP:
        return picture_webp_pixels(out, in, why);
    default:
        *why = "not a JPEG, PNG or WebP picture";
        return -1;
    }
}

/* On white, as on a page. */
static unsigned shade(const struct pixels *p, unsigned x, unsigned y,
                      unsigned colour)
{
    const uint8_t *at = p->data + ((size_t)y * p->width + x) * p->colours;
    unsigned covers = p->colours == 4 ? at[3] : 255;

    return (at[colour] * covers + WHITE * (255 - covers)) / 255;
}

/* The mean of the pixels that become this one. */
static uint8_t mean(const struct pixels *p, unsigned by, unsigned x, unsigned y,
                    unsigned colour)
{
    unsigned sum = 0, count = 0;

    for (unsigned j = y * by; j < (y + 1) * by && j < p->height; j++)
        for (unsigned i = x * by; i < (x + 1) * by && i < p->width; i++) {
            sum += shade(p, i, j, colour);
            count++;
        }
    return (uint8_t)(sum / count);
}

static void shrink(struct pixels *out, const struct pixels *p)
{
    unsigned longer = p->width > p->height ? p->width : p->height;
    unsigned by = (longer + PICTURE_SMALL - 1) / PICTURE_SMALL;
    uint8_t *at;

    out->width = (p->width + by - 1) / by;
    out->height = (p->height + by - 1) / by;
    out->colours = OUT;
    out->orientation = p->orientation;
    out->data = mem_array(out->height, (size_t)out->width * OUT);
    at = out->data;
    for (unsigned y = 0; y < out->height; y++)
        for (unsigned x = 0; x < out->width; x++)
            for (unsigned colour = 0; colour < OUT; colour++)
                *at++ = mean(p, by, x, y, colour);
}

int picture_small(struct buf *out, struct bytes in, const char **why)
{
    struct pixels p = {.data = NULL}, small = {.data = NULL};
    int rc = decode(&p, in, why);

    if (rc == 0) {
        shrink(&small, &p);
        rc = picture_jpeg_write(out, &small, QUALITY, why);
    }
    mem_free(&p.data);
    mem_free(&small.data);
    return rc;
}
