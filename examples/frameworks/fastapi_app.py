from fastapi import Body, FastAPI, HTTPException

app = FastAPI()
models = {"split": str.split, "large": None}  # None: not loaded yet


@app.post("/")
async def handle(text: str = Body(), model: str = Body("split")):
    if models[model] is None:
        raise HTTPException(503, "the model is not loaded yet", {"Retry-After": "5"})
    return {"words": models[model](text)}
