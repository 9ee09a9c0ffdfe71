"""The last of three actors: says it louder."""


def handle(payload):
    return {**payload, "text": payload["text"].upper()}
