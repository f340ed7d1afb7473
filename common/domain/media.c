/* common/domain/media.c - see media.h. */
#include "common/domain/media.h"

#include <string.h>

static bool begins(struct bytes b, size_t at, const char *with, size_t size)
{
    return b.size >= at + size && memcmp(b.data + at, with, size) == 0;
}

/* Pictures in the box of films: a HEIC of a telephone, an AVIF. */
static bool is_heif(struct bytes b)
{
    static const char *const brands[] = {"hei", "hev", "mif", "msf", "avi"};

    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        if (begins(b, 8, brands[i], 3))
            return true;
    return false;
}

int media_type_of(struct bytes b)
{
    if (begins(b, 0, "\xff\xd8\xff", 3))
        return MEDIA_JPEG;
    if (begins(b, 0, "\x89PNG\r\n\x1a\n", 8))
        return MEDIA_PNG;
    if (begins(b, 0, "RIFF", 4) && begins(b, 8, "WEBP", 4))
        return MEDIA_WEBP;
    if (begins(b, 0, "%PDF-", 5))
        return MEDIA_PDF;
    if (begins(b, 4, "ftyp", 4) && !is_heif(b))
        return MEDIA_MP4;
    if (begins(b, 0, "\x1a\x45\xdf\xa3", 4))
        return MEDIA_WEBM;
    if (begins(b, 0, "ID3", 3) || begins(b, 0, "\xff\xfb", 2) ||
        begins(b, 0, "\xff\xf3", 2))
        return MEDIA_MP3;
    if (begins(b, 0, "OggS", 4))
        return MEDIA_OGG;
    if (begins(b, 0, "RIFF", 4) && begins(b, 8, "WAVE", 4))
        return MEDIA_WAV;
    return 0;
}

bool media_is_picture(int type)
{
    return type == MEDIA_JPEG || type == MEDIA_PNG || type == MEDIA_WEBP;
}

const char *media_type_text(int type)
{
    static const char *const texts[MEDIA_TYPE_END] = {
        [MEDIA_JPEG] = "image/jpeg", [MEDIA_PNG] = "image/png",
        [MEDIA_WEBP] = "image/webp", [MEDIA_PDF] = "application/pdf",
        [MEDIA_MP4] = "video/mp4",   [MEDIA_WEBM] = "video/webm",
        [MEDIA_MP3] = "audio/mpeg",  [MEDIA_OGG] = "audio/ogg",
        [MEDIA_WAV] = "audio/wav"};

    return type > 0 && type < MEDIA_TYPE_END ? texts[type]
                                             : "application/octet-stream";
}
