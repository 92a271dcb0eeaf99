/* Gives the module its imports. */
#include <stdio.h>

#include "sensor.h"

/* Handed to each host function as its first argument. */
struct host {
    struct sensor *guest;
    const double *values;
    uint32_t count;
};

/* A host function may stop the guest. */
static double host_read(void *context, uint32_t number) {
    const struct host *host = context;
    if (number >= host->count) w2c_trap_message(W2C_TRAP_HOST, "there is no such sensor");
    return host->values[number];
}

/* What the guest says about its memory is not trusted: w2c_memory_bytes is NULL for what is not all inside. */
static void host_print(void *context, uint32_t text, uint32_t size, double value) {
    const struct host *host = context;
    const uint8_t *bytes = w2c_memory_bytes(sensor_memory(host->guest), text, size);
    if (!bytes) w2c_trap(W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    printf("guest: %.*s %.1f\n", (int)size, (const char *)bytes, value);
}

static void survey_too_many(void *context) {
    const struct host *host = context;
    sensor_survey(host->guest, host->count + 1);
}

int main(void) {
    const double values[] = {19.5, 22, 31.5, 20};
    struct host host = {.values = values, .count = 4};
    const struct sensor_imports imports = {.host = &host, .sensor__read = host_read, .console__print = host_print};
    struct w2c_error error;
    host.guest = sensor_new(&imports, &error);
    if (!host.guest) {
        w2c_error_print(&error, stderr);
        return 1;
    }
    printf("host: %.2f\n", sensor_survey(host.guest, 4));
    if (w2c_try(survey_too_many, &host, &error) != W2C_OK) printf("host: caught: %s\n", error.message);
    sensor_delete(host.guest);
    return 0;
}
