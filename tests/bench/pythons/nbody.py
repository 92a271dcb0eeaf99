"""Floats in attributes and lists: the outer planets, by leapfrog steps."""
STEPS = 8000
DAYS = 365.24
MASS = 4 * 3.141592653589793 ** 2


class Body:
    def __init__(self, position, velocity, mass):
        self.position = list(position)
        self.velocity = [v * DAYS for v in velocity]
        self.mass = mass * MASS


BODIES = [
    Body((0, 0, 0), (0, 0, 0), 1),
    Body((4.84143144246472, -1.16032004402742, -0.10362204447112),
         (0.00166007664274, 0.00769901118419, -6.9046016972e-05), 0.000954791938424),
    Body((8.34336671824458, 4.12479856412430, -0.40352341711432),
         (-0.00276742510726, 0.00499852801234, 2.3041729757e-05), 0.000285885980666),
    Body((12.8943695621391, -15.1111514016986, -0.22330757889265),
         (0.00296460137564, 0.00237847173959, -2.9658956854e-05), 4.36624404335e-05),
    Body((15.3796971148509, -25.9193146099879, 0.17925877295037),
         (0.00268067772490, 0.00162824170038, -9.5159225451e-05), 5.15138902046e-05),
]


def pull(a, b, step):
    dx, dy, dz = (p - q for p, q in zip(a.position, b.position))
    square = dx * dx + dy * dy + dz * dz
    strength = step / (square * square ** 0.5)
    for axis, d in enumerate((dx, dy, dz)):
        a.velocity[axis] -= d * b.mass * strength
        b.velocity[axis] += d * a.mass * strength


def advance(step):
    for i, a in enumerate(BODIES):
        for b in BODIES[i + 1:]:
            pull(a, b, step)
    for body in BODIES:
        for axis in range(3):
            body.position[axis] += step * body.velocity[axis]


def energy():
    total = 0.0
    for i, a in enumerate(BODIES):
        total += a.mass * sum(v * v for v in a.velocity) / 2
        for b in BODIES[i + 1:]:
            total -= a.mass * b.mass / sum((p - q) ** 2 for p, q in zip(a.position, b.position)) ** 0.5
    return total


for _ in range(STEPS):
    advance(0.01)
print(f"{energy():.9f}")
