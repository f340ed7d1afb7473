/* common/net/gate.c - ZAP 1.0 (RFC 27) over one REP socket.
 *
 * A request is: version, request id, domain, address, routing id, mechanism,
 * credentials. A reply is: version, request id, status, text, User-Id,
 * metadata. The User-Id is the client's key and a stamp that nobody else has
 * seen.
 */
#include "common/net/gate.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <zmq.h>

#include "common/base/mem.h"

enum {
    FRAME_BYTES = 256, /* the longest frame of a request is cut here */
    TURN_COUNT = 256,  /* requests answered at one go */
    STAMP_BYTES = 16,
    USER_ID_BYTES = CURVE_TEXT_BYTES + 2 * STAMP_BYTES
};

enum {
    VERSION,
    REQUEST_ID,
    DOMAIN,
    ADDRESS,
    ROUTING_ID,
    MECHANISM,
    CREDENTIALS,
    FRAMES
};

struct frame {
    uint8_t bytes[FRAME_BYTES];
    size_t size; /* may be larger than FRAME_BYTES: it was cut */
};

struct request {
    struct frame frames[FRAMES];
    size_t count; /* may be larger than FRAMES */
};

struct net_gate {
    void *socket;
    enum net_admission (*admit)(void *who, const uint8_t key[CURVE_BYTES]);
    void *who;
    bool letting_in;
    uint8_t probe[CURVE_BYTES];
    uint64_t probe_refused;
    uint64_t refused;
    char stamp[2 * STAMP_BYTES + 1]; /* hex */
};

int net_gate_open(struct net_gate **out, const struct net_server_config *config,
                  struct error *err)
{
    struct net_gate *gate = mem_new(sizeof *gate);
    const struct net_endpoint endpoint = {.role = NET_ROLE_GATE};
    uint8_t stamp[STAMP_BYTES];
    int rc = ERR_IO;

    if (getrandom(stamp, sizeof stamp, 0) != (ssize_t)sizeof stamp) {
        rc = error_set(err, ERR_CRYPTO, "no random bytes");
        goto fail;
    }
    hex_encode(gate->stamp, stamp, sizeof stamp);
    gate->admit = config->admit;
    gate->who = config->who;
    gate->socket = net_endpoint_open(config->context, &endpoint, err);
    if (!gate->socket)
        goto fail;
    if (zmq_bind(gate->socket, NET_ZAP_ADDRESS) != 0) {
        rc = error_set(err, ERR_CRYPTO, "cannot check keys: %s",
                       zmq_strerror(errno));
        goto fail;
    }
    *out = gate;
    return 0;
fail:
    net_gate_close(&gate);
    return rc;
}

void net_gate_close(struct net_gate **gate)
{
    if (!*gate)
        return;
    if ((*gate)->socket) {
        zmq_unbind((*gate)->socket, NET_ZAP_ADDRESS); /* free at once */
        zmq_close((*gate)->socket);
    }
    mem_wipe(*gate, sizeof **gate);
    mem_free(gate);
}

void *net_gate_socket(const struct net_gate *gate) { return gate->socket; }

void net_gate_let_in(struct net_gate *gate, bool yes)
{
    gate->letting_in = yes;
}

void net_gate_set_probe(struct net_gate *gate, const uint8_t key[CURVE_BYTES])
{
    memcpy(gate->probe, key, CURVE_BYTES);
    gate->probe_refused = 0;
}

uint64_t net_gate_probe_refused(const struct net_gate *gate)
{
    return gate->probe_refused;
}

uint64_t net_gate_refused(const struct net_gate *gate) { return gate->refused; }

/* 0: a whole request is in `out`; ERR_AGAIN: none waits; ERR_IO. */
static int receive_request(void *socket, struct request *out)
{
    int more = 1;
    size_t more_size = sizeof more;

    out->count = 0;
    while (more) {
        struct frame spare;
        struct frame *frame =
            out->count < FRAMES ? &out->frames[out->count] : &spare;
        int size =
            zmq_recv(socket, frame->bytes, sizeof frame->bytes, ZMQ_DONTWAIT);

        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return errno == EAGAIN ? ERR_AGAIN : ERR_IO;
        frame->size = (size_t)size;
        out->count++;
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_size) != 0)
            return ERR_IO;
    }
    return 0;
}

static bool frame_is(const struct frame *frame, const char *text)
{
    return frame->size == strlen(text) && frame->size <= FRAME_BYTES &&
           memcmp(frame->bytes, text, frame->size) == 0;
}

static bool is_curve(const struct request *request)
{
    return request->count == FRAMES &&
           frame_is(&request->frames[VERSION], "1.0") &&
           frame_is(&request->frames[MECHANISM], "CURVE") &&
           request->frames[CREDENTIALS].size == CURVE_BYTES;
}

static enum net_admission decide(struct net_gate *gate,
                                 const struct request *request)
{
    const uint8_t *key = request->frames[CREDENTIALS].bytes;
    const struct frame *domain = &request->frames[DOMAIN];

    if (!is_curve(request))
        return NET_REVOKED;
    if (memcmp(key, gate->probe, CURVE_BYTES) == 0) {
        gate->probe_refused++;
        return NET_UNKNOWN;
    }
    if (!gate->letting_in)
        return NET_UNKNOWN;
    if (frame_is(domain, NET_ZAP_DOMAIN_ENROL))
        return NET_ADMIT;
    if (frame_is(domain, NET_ZAP_DOMAIN))
        return gate->admit(gate->who, key);
    return NET_REVOKED;
}

static bool send_frame(void *socket, const void *data, size_t size, int more)
{
    int rc;

    do {
        rc = zmq_send(socket, data, size, ZMQ_DONTWAIT | more);
    } while (rc < 0 && errno == EINTR);
    return rc >= 0;
}

static bool send_text(void *socket, const char *text, int more)
{
    return send_frame(socket, text, strlen(text), more);
}

static int reply(struct net_gate *gate, const struct request *request,
                 enum net_admission admission)
{
    static const char *const status[] = {
        [NET_ADMIT] = "200", [NET_UNKNOWN] = "300", [NET_REVOKED] = "400"};
    const struct frame *id = &request->frames[REQUEST_ID];
    size_t id_size =
        request->count > REQUEST_ID && id->size <= FRAME_BYTES ? id->size : 0;
    char user_id[USER_ID_BYTES] = "";
    void *socket = gate->socket;

    if (admission == NET_ADMIT) {
        char key[CURVE_TEXT_BYTES];

        curve_text(key, request->frames[CREDENTIALS].bytes);
        (void)snprintf(user_id, sizeof user_id, "%s%s", key, gate->stamp);
    }
    return send_text(socket, "1.0", ZMQ_SNDMORE) &&
                   send_frame(socket, id->bytes, id_size, ZMQ_SNDMORE) &&
                   send_text(socket, status[admission], ZMQ_SNDMORE) &&
                   send_text(socket, "", ZMQ_SNDMORE) &&
                   send_text(socket, user_id, ZMQ_SNDMORE) &&
                   send_text(socket, "", 0)
               ? 0
               : ERR_IO;
}

int net_gate_work(struct net_gate *gate)
{
    struct request request;
    int rc = 0;

    for (int i = 0; i < TURN_COUNT && rc == 0; i++) {
        uint64_t probe_refused = gate->probe_refused;
        enum net_admission admission;

        rc = receive_request(gate->socket, &request);
        if (rc != 0)
            break;
        admission = decide(gate, &request);
        if (admission != NET_ADMIT && gate->probe_refused == probe_refused)
            gate->refused++;
        rc = reply(gate, &request, admission);
    }
    return rc == ERR_AGAIN ? 0 : rc;
}

bool net_gate_key(const struct net_gate *gate, const char *user_id,
                  uint8_t out[CURVE_BYTES])
{
    char key[CURVE_TEXT_BYTES] = "";

    if (strnlen(user_id, USER_ID_BYTES) != USER_ID_BYTES - 1 ||
        strcmp(user_id + CURVE_TEXT_BYTES - 1, gate->stamp) != 0)
        return false;
    memcpy(key, user_id, CURVE_TEXT_BYTES - 1);
    return curve_parse(out, key);
}
