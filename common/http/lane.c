/* common/http/lane.c - bounded queues of requests that take long, and the few
 * threads that answer them. */
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/http/inside.h"

enum { LANE_THREADS = 8 };

struct lane {
    const struct http_lane *config;
    void *who;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct http_request *first, *last;
    size_t waiting;
    bool stopping;
    pthread_t threads[LANE_THREADS];
    size_t thread_count;
};

struct http_lanes {
    struct lane lane[HTTP_LANES];
    size_t count;
};

static struct http_request *take(struct lane *lane, bool *stopping)
{
    struct http_request *request;

    (void)pthread_mutex_lock(&lane->lock);
    while (lane->first == NULL && !lane->stopping)
        (void)pthread_cond_wait(&lane->wake, &lane->lock);
    request = lane->first;
    *stopping = lane->stopping;
    if (request != NULL) {
        lane->first = request->next;
        if (lane->first == NULL)
            lane->last = NULL;
        lane->waiting--;
        request->next = NULL;
    }
    (void)pthread_mutex_unlock(&lane->lock);
    return request;
}

static void *work(void *who)
{
    struct lane *lane = who;
    void *state =
        lane->config->open == NULL ? NULL : lane->config->open(lane->who);
    struct http_request *request;
    bool stopping;

    while ((request = take(lane, &stopping)) != NULL) {
        if (stopping)
            http_answer_refusal(request, MHD_HTTP_SERVICE_UNAVAILABLE);
        else
            lane->config->work(lane->who, state, request);
        /* from here on the library's thread has it */
        MHD_resume_connection(request->connection);
    }
    if (lane->config->close != NULL)
        lane->config->close(lane->who, state);
    return NULL;
}

struct http_lanes *http_lanes_open(const struct http_config *config)
{
    struct http_lanes *lanes = mem_new(sizeof *lanes);

    lanes->count = config->lane_count;
    for (size_t i = 0; i < config->lane_count; i++) {
        struct lane *lane = &lanes->lane[i];

        lane->config = &config->lanes[i];
        lane->who = config->who;
        (void)pthread_mutex_init(&lane->lock, NULL);
        (void)pthread_cond_init(&lane->wake, NULL);
        while (lane->thread_count < lane->config->threads &&
               lane->thread_count < LANE_THREADS &&
               pthread_create(&lane->threads[lane->thread_count], NULL, work,
                              lane) == 0)
            lane->thread_count++;
    }
    return lanes;
}

bool http_lanes_put(struct http_lanes *lanes, unsigned number,
                    struct http_request *request)
{
    struct lane *lane = &lanes->lane[number];
    bool room;

    (void)pthread_mutex_lock(&lane->lock);
    room = lane->waiting < lane->config->waiting && lane->thread_count > 0 &&
           !lane->stopping;
    if (room) {
        /* before a lane's thread can see it */
        MHD_suspend_connection(request->connection);
        if (lane->last != NULL)
            lane->last->next = request;
        else
            lane->first = request;
        lane->last = request;
        lane->waiting++;
        (void)pthread_cond_signal(&lane->wake);
    }
    (void)pthread_mutex_unlock(&lane->lock);
    return room;
}

void http_lanes_stop(struct http_lanes *lanes)
{
    for (size_t i = 0; i < lanes->count; i++) {
        struct lane *lane = &lanes->lane[i];

        (void)pthread_mutex_lock(&lane->lock);
        lane->stopping = true;
        (void)pthread_cond_broadcast(&lane->wake);
        (void)pthread_mutex_unlock(&lane->lock);
    }
    for (size_t i = 0; i < lanes->count; i++)
        for (size_t t = 0; t < lanes->lane[i].thread_count; t++)
            (void)pthread_join(lanes->lane[i].threads[t], NULL);
}

void http_lanes_free(struct http_lanes **lanes)
{
    for (size_t i = 0; *lanes != NULL && i < (*lanes)->count; i++) {
        (void)pthread_mutex_destroy(&(*lanes)->lane[i].lock);
        (void)pthread_cond_destroy(&(*lanes)->lane[i].wake);
    }
    mem_free(lanes);
}
