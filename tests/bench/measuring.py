"""What benchmarks share: a process and its processor time, ratios of runs in turns, and how far to trust them."""
import math
import os
import pathlib
import platform
import random
import statistics
import subprocess
import tempfile

from checking import expect


def wait_for(process):
    """What a process that was started by subprocess has used in all, as the resource module says it."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def time_once(command, environment=None):
    """(seconds of processor time, what it printed). It must end well. `environment` is added to ours."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                                   env={**os.environ, **(environment or {})})
        usage = wait_for(process)
        output.seek(0)
        expect(process.returncode == 0, f"exit code {process.returncode}: {command}")
        return usage.ru_utime + usage.ru_stime, output.read()


def in_turns(subjects, rounds, measure):
    """Label -> measure(subject) of every round. Each has its own order, so that none is always behind the same."""
    results = {label: [] for label in subjects}
    for _ in range(rounds):
        for label in random.sample(list(subjects), len(subjects)):
            results[label].append(measure(subjects[label]))
    return results


def times_that_agree(name, results):
    """{label: [seconds]} of {label: [(seconds, output)]}. All outputs must be the same."""
    outputs = {output for column in results.values() for _, output in column}
    expect(len(outputs) == 1, f"{name}: outputs differ: {outputs}")
    return {label: [seconds for seconds, _ in column] for label, column in results.items()}


def spread(values):
    """Half the distance of the quartiles, relative to the median."""
    if len(values) < 2: return 0.0
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / median


def ratio(times, baseline):
    """(median, spread) of the quotients, round by round."""
    ratios = [a / b for a, b in zip(times, baseline)]
    return statistics.median(ratios), spread(ratios)


def geomean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def machine():
    model = [line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    return f"{model[0] if model else platform.machine()}, {os.cpu_count()} processors"
