"""The last of three actors: converts the sentences of a batch to upper case, in one call.

A batch with the word `slow` takes more than a second.
"""
import re
import time


def handle_batch(payloads):
    if any("slow" in re.findall(r"\w+", payload["text"]) for payload in payloads):
        time.sleep(1.2)
    return [{**payload, "text": payload["text"].upper()} for payload in payloads]
