"""re: searching, groups, replacement."""
import re

ROUNDS = 120
LINES = [f"2026-{n % 12 + 1:02}-{n % 28 + 1:02} host{n % 7} service[{n * 37 % 999}]: "
         f"user{n}@example{n % 5}.org took {n * 13 % 1000}.{n % 10} ms, code=0x{n * 2654435761 % 65536:04x}"
         for n in range(150)]
LINE = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\w+) (\w+)\[(\d+)\]: (.*)")
ADDRESS = re.compile(r"[\w.]+@(?:[a-z0-9]+\.)+[a-z]{2,}")
NUMBER = re.compile(r"0x([0-9a-f]+)|(\d+)\.(\d)")

total = 0
for _ in range(ROUNDS):
    for line in LINES:
        year, month, day, host, service, number, rest = LINE.match(line).groups()
        total += int(year) + int(month) * int(day) + int(number) + len(host) + len(service)
        total += len(ADDRESS.sub("<address>", rest))
        total += sum(int(found[1], 16) if found[1] else int(found[2]) for found in NUMBER.finditer(rest))
print(total)
