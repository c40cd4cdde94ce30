"""transformers' pipeline("text-classification") on the CPU, as users call it. Answers {"texts"} with {"ms"}; first tells
its versions."""
import json
import sys
import time

import torch
import transformers

torch.set_num_threads(int(sys.argv[2]))
classify = transformers.pipeline("text-classification", model=sys.argv[1], device="cpu")
print(json.dumps(dict(torch=torch.__version__, transformers=transformers.__version__)), flush=True)
for line in sys.stdin:
    texts = json.loads(line)["texts"]
    started = time.perf_counter()
    classify(texts, batch_size=32, truncation=True, max_length=128)
    print(json.dumps(dict(ms=1000 * (time.perf_counter() - started))), flush=True)
