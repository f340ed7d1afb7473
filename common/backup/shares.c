/* common/backup/shares.c - see shares.h. */
#include "common/backup/shares.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

bool shares_read(char lines[2][SHARE_TEXT_BYTES])
{
    char line[512];
    int found = 0;

    while (found < 2 && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strncmp(line, "share ", 6) != 0)
            continue;
        (void)snprintf(lines[found++], SHARE_TEXT_BYTES, "%.*s",
                       SHARE_TEXT_BYTES - 1, line);
    }
    mem_wipe(line, sizeof line);
    return found == 2;
}
