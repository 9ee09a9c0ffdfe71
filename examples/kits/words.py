from asya_runtime import Reject, Retry

models = {"split": str.split, "large": None}  # None: not loaded yet


async def handle(payload):
    if payload["text"] == "":
        raise Reject("empty_text", "the text is empty")
    model = models[payload.get("model", "split")]
    if model is None:
        raise Retry(after=5)  # a deferral: counts no attempt
    return {"words": model(payload["text"])}
