"""json: nested documents to text and back."""
import json

ROUNDS = 200


def record(n):
    return {"id": n, "name": f"record {n}", "tags": [f"tag{n * k % 17}" for k in range(5)], "ratio": n / 7,
            "flags": {"good": n % 2 == 0, "old": None}, "text": "caf\u00e9 \"quoted\"\n\tline"}


total = 0
for round_ in range(ROUNDS):
    text = json.dumps([record(n) for n in range(round_, round_ + 60)], sort_keys=True)
    documents = json.loads(text)
    total += len(text) + sum(document["id"] * len(document["tags"]) for document in documents)
    total += len(json.dumps(documents, indent=1))
print(total)
