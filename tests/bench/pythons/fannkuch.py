"""Small integers in lists, slices: the most reversals of a prefix that a permutation of N takes until 0 is in front."""
N = 8


def permutations(count):
    """All of them, each by one rotation of a prefix of the one before."""
    items = list(range(count))
    turns = [0] * count
    while True:
        yield items
        size = 1
        while True:
            if size == count:
                return
            items[:size + 1] = items[1:size + 1] + items[:1]
            turns[size] += 1
            if turns[size] <= size:
                break
            turns[size] = 0
            size += 1


def count_flips(items):
    items = items[:]
    flips = 0
    while items[0]:
        first = items[0] + 1
        items[:first] = items[first - 1::-1] if first < len(items) else items[::-1]
        flips += 1
    return flips


most = total = 0
for index, permutation in enumerate(permutations(N)):
    flips = count_flips(permutation)
    most = max(most, flips)
    total += -flips if index & 1 else flips
print(total, most)
