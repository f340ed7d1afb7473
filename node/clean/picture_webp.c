/* node/clean/picture_webp.c - WebP, standing pictures: see picture.h. */
#include <webp/decode.h>
#include <webp/encode.h>

#include "node/clean/picture.h"

enum { QUALITY = 85 };

int picture_webp(struct buf *out, struct bytes in, const char **why)
{
    WebPBitstreamFeatures is;
    uint8_t *pixels = NULL, *made = NULL;
    int width = 0, height = 0;
    size_t size = 0;

    *why = "the picture is damaged or no WebP that is known here";
    if (WebPGetFeatures(in.data, in.size, &is) != VP8_STATUS_OK)
        return -1;
    if (is.has_animation) {
        *why = "a WebP that moves is not taken: save one picture of it";
        return -1;
    }
    if ((uint64_t)is.width * (uint64_t)is.height > PICTURE_MOST_PIXELS) {
        *why = "the picture has more than 64 million pixels";
        return -1;
    }
    pixels = is.has_alpha ? WebPDecodeRGBA(in.data, in.size, &width, &height)
                          : WebPDecodeRGB(in.data, in.size, &width, &height);
    if (pixels == NULL)
        return -1;
    size =
        is.has_alpha
            ? WebPEncodeRGBA(pixels, width, height, width * 4, QUALITY, &made)
            : WebPEncodeRGB(pixels, width, height, width * 3, QUALITY, &made);
    WebPFree(pixels);
    if (size > 0)
        buf_add(out, made, size);
    WebPFree(made);
    return size > 0 ? 0 : -1;
}
