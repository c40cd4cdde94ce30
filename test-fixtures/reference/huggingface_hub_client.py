"""
Asks a running otzyv-api with Python's huggingface_hub, and compares what it gets with the API's own answers.

    npx otzyv-api --model runs/first &
    python huggingface_hub_client.py http://127.0.0.1:8000 first
"""

import json
import sys
from urllib.request import Request, urlopen

from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

url, name = sys.argv[1].rstrip("/"), sys.argv[2]
TEXTS = ["Куртка тёплая, но рукава короткие", "Кроссовки развалились через неделю", ""]


def own_scores(text: str) -> list[tuple[str, float]]:
    body = json.dumps({"text": text, "model": name, "all_scores": True}).encode()
    request = Request(f"{url}/v1/predict", body, {"Content-Type": "application/json"})
    with urlopen(request) as response:
        scores = json.load(response)["predictions"][0]["scores"]
    return [(one["label"], one["score"]) for one in scores]


client = InferenceClient(model=f"{url}/models/{name}")
for text in TEXTS:
    expected = own_scores(text)
    answer = client.text_classification(text)
    assert [(one.label, one.score) for one in answer] == expected, (answer, expected)
    best = client.text_classification(text, top_k=2, function_to_apply="softmax")
    assert [(one.label, one.score) for one in best] == expected[:2], best
    print(f"{text!r}: {best[0].label} {best[0].score:.4f}, {len(answer)} classes")

for model, status, part in [
    ("there-is-none", 404, "there is no model"),
    (name, 400, "softmax"),
]:
    try:
        InferenceClient(model=f"{url}/models/{model}").text_classification("а", function_to_apply="sigmoid" if model == name else None)
    except HfHubHTTPError as error:
        assert error.response.status_code == status and part in str(error), error
        print(f"{model}: {status} {part}")
    else:
        raise AssertionError(f"{model}: nothing was refused")
