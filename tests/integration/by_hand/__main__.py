"""What a person does to a cloud beside this collection: `by_hand aws drift vm lab`, `by_hand aws see lab`, `by_hand aws names`.

Each cloud's hands are a client that nobody here wrote; nothing of the collection is imported.
"""

from __future__ import annotations

import importlib
import json
import sys


def main(cloud: str, verb: str, *words: str) -> None:
    # Not by the bare name of the cloud: the package of an SDK is called azure.
    hands = importlib.import_module(f"on_{cloud}")
    client = hands.client()
    if verb == "drift":
        hands.DRIFT[words[0]](client, words[1])
    elif verb == "snapshots":
        json.dump(hands.snapshots(client), sys.stdout)
    else:
        told = {"see": hands.identity, "names": hands.name}[verb]
        json.dump([told(instance) for instance in hands.instances(client, *words)], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
