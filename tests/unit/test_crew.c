#include "upstream/crew.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/attendance.h"

#define TASKS 64
#define ROUNDS 200
#define PATIENCE_MS 10000

static ccpi_crew *new_crew(int idle_ms)
{
    const ccpi_crew_options options = {
        .name = "test-crew", .stack_bytes = (size_t)256 * 1024, .idle_ms = idle_ms};
    ccpi_crew *crew;

    cr_assert(eq(int, ccpi_crew_new(&options, &crew), CCP_OK));
    return crew;
}

typedef struct task {
    sem_t *may_end;
    ccpi_attendance *under_way;
} task;

static void wait_for_leave(void *self)
{
    task *task = self;

    while (sem_wait(task->may_end) != 0)
        continue;
    ccpi_attendance_leave(task->under_way);
}

Test(crew, no_task_waits_for_another)
{
    ccpi_crew *crew = new_crew(PATIENCE_MS);
    ccpi_attendance under_way;
    sem_t may_end;
    task task = {&may_end, &under_way};

    sem_init(&may_end, 0, 0);
    ccpi_attendance_init(&under_way);
    for (int i = 0; i < TASKS; i++) {
        ccpi_attendance_enter(&under_way);
        cr_assert(ccpi_crew_run(crew, wait_for_leave, &task));
    }
    cr_expect(eq(sz, ccpi_crew_size(crew), TASKS));
    cr_expect(eq(sz, ccpi_attendance_count(&under_way), TASKS));
    cr_expect(not(ccpi_attendance_wait(&under_way, 0)));

    for (int i = 0; i < TASKS; i++)
        sem_post(&may_end);
    cr_expect(ccpi_attendance_wait(&under_way, PATIENCE_MS / 1000));
    ccpi_crew_free(crew);
    ccpi_attendance_destroy(&under_way);
}

static void post(void *self)
{
    sem_post(self);
}

Test(crew, threads_are_used_again)
{
    ccpi_crew *crew = new_crew(PATIENCE_MS);
    sem_t done;

    sem_init(&done, 0, 0);
    for (int i = 0; i < ROUNDS; i++) {
        cr_assert(ccpi_crew_run(crew, post, &done));
        while (sem_wait(&done) != 0)
            continue;
    }
    /* The former one may be on its way to its place among the idle ones. */
    cr_expect(lt(sz, ccpi_crew_size(crew), ROUNDS / 2));
    ccpi_crew_free(crew);
}

Test(crew, idle_threads_end)
{
    ccpi_crew *crew = new_crew(1);
    sem_t done;

    sem_init(&done, 0, 0);
    cr_assert(ccpi_crew_run(crew, post, &done));
    for (int i = 0; i < PATIENCE_MS && ccpi_crew_size(crew) > 0; i++)
        poll(NULL, 0, 1);
    cr_expect(eq(sz, ccpi_crew_size(crew), 0));
    ccpi_crew_free(crew);
}

static void add_one(void *self)
{
    atomic_fetch_add((atomic_int *)self, 1);
}

/* Threads that end at the moment in which they would get a task. */
Test(crew, no_task_is_lost_while_threads_come_and_go)
{
    ccpi_crew *crew = new_crew(0);
    atomic_int count = 0;

    for (int i = 0; i < 10 * ROUNDS; i++)
        cr_assert(ccpi_crew_run(crew, add_one, &count));
    ccpi_crew_free(crew);
    cr_expect(eq(int, atomic_load(&count), 10 * ROUNDS));
}
