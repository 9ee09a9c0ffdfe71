"""The first of three actors: returns the sentences of a text, which become one envelope each.

A payload without a text is an error. A text without a sentence returns an empty list.
"""
import re


def handle(payload):
    text = payload["text"]
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, not {type(text).__name__}")
    sentences = re.findall(r"[^.!?]*\w[^.!?]*[.!?]*", text)
    return [{**payload, "text": sentence.strip()} for sentence in sentences]
