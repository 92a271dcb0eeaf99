/* Asks its host for measurements, and tells it what it found. The host's functions are imports. */

__attribute__((import_module("sensor"), import_name("read"))) double read_sensor(unsigned number);
__attribute__((import_module("console"), import_name("print")))
void print(const char *text, unsigned size, double value);

#define PRINT(text, value) print(text, sizeof(text) - 1, value)

/* The mean of sensors 0 to count - 1. */
__attribute__((export_name("survey"))) double survey(unsigned count) {
    double sum = 0;
    for (unsigned i = 0; i < count; i++) {
        const double value = read_sensor(i);
        if (value > 30) PRINT("too hot", value);
        sum += value;
    }
    PRINT("mean", sum / count);
    return sum / count;
}
