"""The last of three actors: converts a sentence to upper case.

A sentence with the word `slow` takes more than a second.
"""
import re
import time


def handle(payload):
    if "slow" in re.findall(r"\w+", payload["text"]):
        time.sleep(1.2)
    return {**payload, "text": payload["text"].upper()}
