"""Building and taking apart strings; dictionaries of strings."""
ROUNDS = 150
WORDS = [a + b + c for a in ("", "re", "un", "pre") for b in ("do", "make", "view", "load", "turn")
         for c in ("", "s", "ed", "ing", "able")]

total = 0
for round_ in range(ROUNDS):
    text = " ".join(WORDS[(n * n + round_) % len(WORDS)] + ("." if n % 11 == 0 else "") for n in range(1500))
    counts = {}
    for word in text.replace(".", "").split():
        counts[word] = counts.get(word, 0) + 1
    lines = ["{:<12}{:>5}{:8.3f}".format(word, count, count / len(counts)) for word, count in sorted(counts.items())]
    page = "\n".join(line.upper() if n % 3 else line.title() for n, line in enumerate(lines))
    total += len(page) + page.count("ING") + sum(map(ord, page[::17])) + page.find("UNTURNED")
    total += len(page.encode().decode("utf-8").swapcase().strip().partition("LOAD")[2])
print(total)
