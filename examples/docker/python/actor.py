async def handle(payload: dict) -> dict:
    return {**payload, "words": len(payload["text"].split())}
