"""Writes listsort.json: what CPython's sorted() makes of relations that are no total order. Run: python3 listsort.py > listsort.json

The relations are computed from the items by integer arithmetic, so that the test can compute the same ones."""
import functools
import json
import sys


def mix(a, b, seed):
    x = (a * 2654435761 + b * 40503 + seed * 69069 + 12345) & 0xFFFFFFFF
    x ^= x >> 15
    x = (x * 2246822519) & 0xFFFFFFFF
    return x ^ (x >> 13)


def less(mode, seed):
    def noise(a, b, every):
        return mix(a, b, seed) % every == 0

    if mode == "random":
        return lambda a, b: mix(a, b, seed) % 2 == 0
    if mode == "sparse":
        return lambda a, b: mix(a, b, seed) % 7 == 0
    if mode == "stable":
        return lambda a, b: mix(a, 0, seed) % 9 < mix(b, 0, seed) % 9
    if mode == "total":
        return lambda a, b: mix(a, 0, seed) < mix(b, 0, seed)
    if mode == "runs":
        return lambda a, b: (a % 67 < b % 67) != noise(a, b, 40)
    if mode == "blocks":
        return lambda a, b: (a * 97 % 400 < b * 97 % 400) if seed % 2 else ((a + 150) % 300 < (b + 150) % 300)
    if mode == "down":
        return lambda a, b: (b < a) != noise(a, b, 60)
    raise ValueError(mode)


cases = []
for mode in ["random", "sparse", "stable", "total", "runs", "blocks", "down"]:
    for index, size in enumerate([2, 3, 5, 9, 17, 33, 63, 64, 65, 100, 129, 200, 333]):
        seed = index + 1
        lt = less(mode, seed)
        ordered = sorted(range(size), key=functools.cmp_to_key(lambda a, b: -1 if lt(a, b) else 1))
        cases.append({"mode": mode, "size": size, "seed": seed, "sorted": ordered})
json.dump(cases, sys.stdout, separators=(",", ":"))
