"""Objects, attributes and virtual calls: tasks of four kinds hand packets to each other, by priority."""
from collections import deque

ROUNDS = 15000


class Task:
    def __init__(self, name, priority):
        self.name = name
        self.priority = priority
        self.inbox = deque()
        self.handled = 0

    def is_ready(self):
        return bool(self.inbox)

    def step(self, scheduler):
        packet = self.inbox.popleft()
        self.handled += 1
        self.handle(packet, scheduler)


class Idle(Task):
    """Always ready; makes a packet for one device or the other by a shift register."""

    def __init__(self, name, priority):
        super().__init__(name, priority)
        self.register = 1

    def is_ready(self):
        return True

    def step(self, scheduler):
        self.handled += 1
        bit = self.register & 1
        self.register = self.register >> 1 ^ (0xd008 if bit else 0)
        scheduler.send("disk" if bit else "network", Packet(self.register))


class Packet:
    def __init__(self, value):
        self.value = value
        self.path = []


class Device(Task):
    def handle(self, packet, scheduler):
        packet.path.append(self.name)
        scheduler.send("worker", packet)


class Worker(Task):
    def __init__(self, name, priority):
        super().__init__(name, priority)
        self.letters = {}

    def handle(self, packet, scheduler):
        for shift in range(0, 16, 4):
            letter = chr(ord("a") + (packet.value >> shift & 15))
            self.letters[letter] = self.letters.get(letter, 0) + 1
        scheduler.send("sink", packet)


class Sink(Task):
    checksum = 0

    def handle(self, packet, scheduler):
        self.checksum = (self.checksum * 31 + packet.value + len(packet.path)) % 1000003


class Scheduler:
    def __init__(self, tasks):
        self.tasks = {task.name: task for task in tasks}
        self.order = sorted(tasks, key=lambda task: -task.priority)

    def send(self, name, packet):
        self.tasks[name].inbox.append(packet)

    def run(self, rounds):
        for _ in range(rounds):
            next(task for task in self.order if task.is_ready()).step(self)


sink = Sink("sink", 5)
scheduler = Scheduler([Idle("idle", 0), Device("disk", 3), Device("network", 2), Worker("worker", 4), sink])
for _ in range(5):
    scheduler.run(ROUNDS)
print(sink.checksum, *(task.handled for task in scheduler.order))
