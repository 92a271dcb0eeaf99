# Arithmetic as an interpreter does it: small and big integers, remainders, bits, floats, strings. The result is
# compared with that of other interpreters, so a wrong addition anywhere does not stay unnoticed.
import time

EXPECTED = 220760333
TURNS = 3


def collatz(limit):
    longest = 0
    for start in range(1, limit):
        n = start
        steps = 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        longest = max(longest, steps)
    return longest


def sieve(limit):
    is_prime = [True] * limit
    for i in range(2, int(limit ** 0.5) + 1):
        if is_prime[i]:
            for j in range(i * i, limit, i):
                is_prime[j] = False
    return sum(i for i in range(2, limit) if is_prime[i])


def fibonacci(count):
    a, b = 0, 1
    for _ in range(count):
        a, b = b, a + b
    return a


def shuffle(count):
    state = 0x9E3779B97F4A7C15
    total = 0
    for _ in range(count):
        state ^= (state << 13) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= (state << 17) & 0xFFFFFFFFFFFFFFFF
        total ^= state
    return total


def series(count):
    total = 0.0
    for i in range(count):
        total += (-1.0) ** i / (2 * i + 1)
    return round(4 * total * 10 ** 9)


def words(count):
    text = " ".join(str(i * i) for i in range(count))
    return sum(len(word) * (i % 7) for i, word in enumerate(text.split()))


def main():
    start = time.time()
    checksum = 0
    for _ in range(TURNS):
        for value in (collatz(6000), sieve(60000), fibonacci(3000), shuffle(60000), series(60000), words(20000)):
            checksum = (checksum * 131 + value) % 1000000007
    print("checksum", checksum)
    print("seconds", round(time.time() - start, 3))
    if checksum != EXPECTED:
        raise SystemExit(f"wrong checksum: {checksum}, expected {EXPECTED}")


main()
