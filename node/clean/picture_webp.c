/* node/clean/picture_webp.c - WebP, standing pictures: see picture.h. */
#include <string.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include "common/base/mem.h"
#include "node/clean/picture.h"

enum { QUALITY = 85 };

/* As the library gave them: WebPFree. */
static uint8_t *decode(struct pixels *out, struct bytes in, const char **why)
{
    WebPBitstreamFeatures is;
    int width = 0, height = 0;
    uint8_t *data;

    *why = "the picture is damaged or no WebP that is known here";
    if (WebPGetFeatures(in.data, in.size, &is) != VP8_STATUS_OK)
        return NULL;
    if (is.has_animation) {
        *why = "a WebP that moves is not taken: save one picture of it";
        return NULL;
    }
    if ((uint64_t)is.width * (uint64_t)is.height > PICTURE_MOST_PIXELS) {
        *why = "the picture has more than 64 million pixels";
        return NULL;
    }
    data = is.has_alpha ? WebPDecodeRGBA(in.data, in.size, &width, &height)
                        : WebPDecodeRGB(in.data, in.size, &width, &height);
    out->width = (unsigned)width;
    out->height = (unsigned)height;
    out->colours = is.has_alpha ? 4 : 3;
    out->orientation = 1;
    return data;
}

int picture_webp_pixels(struct pixels *out, struct bytes in, const char **why)
{
    uint8_t *data = decode(out, in, why);
    size_t size = (size_t)out->width * out->colours;

    if (data == NULL)
        return -1;
    out->data = mem_array(out->height, size);
    memcpy(out->data, data, out->height * size);
    WebPFree(data);
    return 0;
}

int picture_webp(struct buf *out, struct bytes in, const char **why)
{
    struct pixels p = {.data = NULL};
    uint8_t *data = decode(&p, in, why), *made = NULL;
    int width = (int)p.width, height = (int)p.height;
    size_t size;

    if (data == NULL)
        return -1;
    size = p.colours == 4
               ? WebPEncodeRGBA(data, width, height, width * 4, QUALITY, &made)
               : WebPEncodeRGB(data, width, height, width * 3, QUALITY, &made);
    WebPFree(data);
    if (size > 0)
        buf_add(out, made, size);
    WebPFree(made);
    return size > 0 ? 0 : -1;
}
