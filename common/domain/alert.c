#include "common/domain/alert.h"

#include <string.h>

#include "common/domain/text.h"

static const char *const severity_texts[ALERT_SEVERITY_END] = {
    [ALERT_EXTREME] = "extreme",
    [ALERT_SEVERE] = "severe",
    [ALERT_MODERATE] = "moderate",
    [ALERT_MINOR] = "minor",
};

const char *alert_severity_text(int severity)
{
    if (severity < ALERT_EXTREME || severity >= ALERT_SEVERITY_END)
        return "unknown";
    return severity_texts[severity];
}

int alert_severity_parse(const char *text)
{
    for (int i = ALERT_EXTREME; i < ALERT_SEVERITY_END; i++)
        if (strcmp(severity_texts[i], text) == 0)
            return i;
    return 0;
}

const char *alert_verdict_text(int verdict)
{
    switch ((enum alert_verdict)verdict) {
    case ALERT_ACCEPTED:
        return "accepted";
    case ALERT_DUPLICATE:
        return "duplicate";
    case ALERT_SUPERSEDED:
        return "superseded";
    case ALERT_MALFORMED:
        return "malformed";
    case ALERT_NO_REFERENCE:
        return "no reference";
    case ALERT_BAD_SIGNATURE:
        return "bad signature";
    case ALERT_EXPIRED:
        return "expired";
    case ALERT_UNKNOWN_KEY:
        return "unknown key";
    case ALERT_OUTSIDE:
        return "outside the audience";
    }
    return "unknown verdict";
}

/* `limit` in characters, as CAP counts. A cancel may leave them empty: it
 * speaks of the alert it names. */
static bool is_title(const char *text, size_t limit, bool may_be_empty)
{
    if (!text)
        return false;
    if (!*text)
        return may_be_empty;
    struct bytes bytes = bytes_of_text(text);

    return text_is_line(bytes) && text_length(bytes) <= limit;
}

static bool is_text(const char *text)
{
    if (!text)
        return false;
    struct bytes bytes = bytes_of_text(text);

    return utf8_valid(bytes) && text_is_clean(bytes) &&
           text_length(bytes) <= ALERT_TEXT_LIMIT;
}

static int check_words(const struct alert *alert, struct error *err)
{
    bool cancel = alert->type == ALERT_CANCEL;

    if (!is_title(alert->event, ALERT_EVENT_LIMIT, cancel))
        return error_set(err, ERR_INVALID,
                         "event is not one line of 1 to %d characters",
                         ALERT_EVENT_LIMIT);
    if (!is_title(alert->headline, ALERT_HEADLINE_LIMIT, cancel))
        return error_set(err, ERR_INVALID,
                         "headline is not one line of 1 to %d characters",
                         ALERT_HEADLINE_LIMIT);
    if (!is_text(alert->text) || !is_text(alert->instruction))
        return error_set(err, ERR_INVALID,
                         "text or instruction is not clean text of at most %d "
                         "characters",
                         ALERT_TEXT_LIMIT);
    return 0;
}

static int check_audience(const struct alert *alert, struct error *err)
{
    if (alert->audience_count > ALERT_AUDIENCE_LIMIT)
        return error_set(err, ERR_INVALID, "more than %d units in the audience",
                         ALERT_AUDIENCE_LIMIT);
    for (size_t i = 0; i < alert->audience_count; i++)
        if (!unit_key_valid(alert->audience[i]))
            return error_set(err, ERR_INVALID,
                             "the audience names something that is no unit");
    return 0;
}

static int check_references(const struct alert *alert, struct error *err)
{
    if (alert->reference_count > ALERT_REFERENCES_LIMIT)
        return error_set(err, ERR_INVALID, "more than %d references",
                         ALERT_REFERENCES_LIMIT);
    if (alert->type == ALERT_ALERT && alert->reference_count > 0)
        return error_set(err, ERR_INVALID, "a new alert replaces nothing");
    for (size_t i = 0; i < alert->reference_count; i++)
        if (id_is_zero(&alert->references[i]) ||
            id_equal(&alert->references[i], &alert->id))
            return error_set(err, ERR_INVALID,
                             "a reference is empty or the alert itself");
    return 0;
}

static bool lacks_reference(const struct alert *alert)
{
    return alert->type != ALERT_ALERT && alert->reference_count == 0;
}

/* Everything but lacks_reference, which has a verdict of its own. */
static int check_form(const struct alert *alert, struct error *err)
{
    int rc;

    if (id_is_zero(&alert->id) || !alert->issuer || alert->issuer[0] == '\0')
        return error_set(err, ERR_INVALID, "no id or no issuer");
    if (alert->type < ALERT_ALERT || alert->type > ALERT_CANCEL)
        return error_set(err, ERR_INVALID, "unknown type %d", alert->type);
    if (alert->severity < ALERT_EXTREME ||
        alert->severity >= ALERT_SEVERITY_END)
        return error_set(err, ERR_INVALID, "unknown severity %d",
                         alert->severity);
    if (alert->issued_ms <= 0 || alert->expires_ms <= alert->issued_ms)
        return error_set(err, ERR_INVALID, "it expires before it is issued");
    if ((rc = check_words(alert, err)) != 0 ||
        (rc = check_audience(alert, err)) != 0)
        return rc;
    return check_references(alert, err);
}

int alert_check(const struct alert *alert, struct error *err)
{
    int rc = check_form(alert, err);

    if (rc == 0 && lacks_reference(alert))
        rc = error_set(err, ERR_INVALID,
                       "an update or cancel must name what it replaces");
    return rc;
}

static bool is_for(const struct alert *alert, const char *unit)
{
    for (size_t i = 0; i < alert->audience_count; i++)
        if (strcmp(alert->audience[i], unit) == 0)
            return true;
    return alert->audience_count == 0;
}

int alert_judge(const struct alert *alert, const struct alert_context *context)
{
    if (!context->key_known)
        return ALERT_UNKNOWN_KEY;
    if (!context->signature_good)
        return ALERT_BAD_SIGNATURE;
    if (check_form(alert, NULL) != 0)
        return ALERT_MALFORMED;
    if (context->known_already)
        return ALERT_DUPLICATE;
    if (lacks_reference(alert))
        return ALERT_NO_REFERENCE;
    if (!is_for(alert, context->unit))
        return ALERT_OUTSIDE;
    if (context->now_ms != 0 && context->now_ms >= alert->expires_ms)
        return ALERT_EXPIRED;
    if (context->superseded)
        return ALERT_SUPERSEDED;
    return ALERT_ACCEPTED;
}
