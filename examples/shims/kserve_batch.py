"""Sends the payloads of a batch to a server of the KServe V1 protocol, as one request."""
import json
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from asya_runtime import Retry

URL = os.environ["KSERVE_URL"]  # http://127.0.0.1:8080/v1/models/iris:predict


def handle_batch(payloads):
    body = json.dumps({"instances": payloads}).encode()
    try:
        with urlopen(Request(URL, body, {"content-type": "application/json"}), timeout=60) as reply:
            predictions = json.load(reply)["predictions"]
    except HTTPError as error:
        if error.code in (429, 503):
            raise Retry(after=float(error.headers.get("retry-after", 1))) from error
        raise
    return [{"prediction": prediction} for prediction in predictions]
