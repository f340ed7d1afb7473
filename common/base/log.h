/* common/base/log.h - one line per event on stderr: "event.name key=value".
 *
 * error: a person must act; warn: odd but handled; info: a change of state;
 * debug: for us. Never a key, a token, a name or a payload. The layer that
 * decides logs, once. Control characters in values are replaced by '?', so a
 * line stays a line.
 */
#ifndef LIENXA_BASE_LOG_H
#define LIENXA_BASE_LOG_H

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/* Lines above this level are dropped. Default: info. LIENXA_LOG in the
 * environment ("error", "warn", "info", "debug") is read by log_open. */
void log_open(enum log_level level);

void log_error(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_warn(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_debug(const char *event, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
