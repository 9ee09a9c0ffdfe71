from flask import Flask, request

app = Flask(__name__)
models = {"split": str.split, "large": None}  # None: not loaded yet


@app.post("/")
def handle():
    call = request.get_json()
    model = models[call.get("model", "split")]
    if model is None:
        return {"error": "loading", "message": "the model is not loaded yet"}, 503, {"Retry-After": "5"}
    return {"words": model(call["text"])}
