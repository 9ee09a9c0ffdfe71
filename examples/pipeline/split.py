"""The first of three actors: a text goes on as one envelope for each of its sentences.

No text is an error; a text without a sentence goes on as nothing.
"""
import re


def handle(payload):
    text = payload["text"]
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, this is {text!r}")
    sentences = re.findall(r"[^.!?]*\w[^.!?]*[.!?]*", text)
    return [{**payload, "text": sentence.strip()} for sentence in sentences]
