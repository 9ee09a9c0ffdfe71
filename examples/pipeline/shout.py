"""The last of three actors: converts a sentence to upper case."""


def handle(payload):
    return {**payload, "text": payload["text"].upper()}
