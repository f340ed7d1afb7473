/* node/clean/picture_png.c - PNG: see picture.h. */
#include <png.h>
#include <string.h>

#include "common/base/mem.h"
#include "node/clean/picture.h"

/* Three colours or four, 8 bits each: what a page can show. */
static int encode(struct buf *out, png_image *image, const uint8_t *pixels)
{
    png_image made = {.version = PNG_IMAGE_VERSION,
                      .width = image->width,
                      .height = image->height,
                      .format = image->format};
    png_alloc_size_t size = 0;

    if (!png_image_write_get_memory_size(made, size, 0, pixels, 0, NULL))
        return -1;
    buf_reserve(out, size);
    if (!png_image_write_to_memory(&made, out->data + out->size, &size, 0,
                                   pixels, 0, NULL))
        return -1;
    out->size += size;
    return 0;
}

static int decode(png_image *image, struct bytes in, uint8_t **pixels,
                  const char **why)
{
    *why = "the picture is damaged or no PNG that is known here";
    if (!png_image_begin_read_from_memory(image, in.data, in.size))
        return -1;
    if ((uint64_t)image->width * image->height > PICTURE_MOST_PIXELS) {
        *why = "the picture has more than 64 million pixels";
        return -1;
    }
    image->format = (image->format & PNG_FORMAT_FLAG_ALPHA) != 0
                        ? PNG_FORMAT_RGBA
                        : PNG_FORMAT_RGB;
    *pixels = mem_array(1, PNG_IMAGE_SIZE(*image));
    return png_image_finish_read(image, NULL, *pixels, 0, NULL) ? 0 : -1;
}

int picture_png_pixels(struct pixels *out, struct bytes in, const char **why)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    int rc = decode(&image, in, &out->data, why);

    out->width = image.width;
    out->height = image.height;
    out->colours = image.format == PNG_FORMAT_RGBA ? 4 : 3;
    out->orientation = 1;
    png_image_free(&image);
    return rc;
}

int picture_png(struct buf *out, struct bytes in, const char **why)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    uint8_t *pixels = NULL;
    int rc = decode(&image, in, &pixels, why);

    if (rc == 0)
        rc = encode(out, &image, pixels);
    png_image_free(&image);
    mem_free(&pixels);
    return rc;
}
