"""transformers' BertForSequenceClassification trained and asked by PyTorch, on the GPU where there is one, in float32 and in
its fastest way (bfloat16, compiled, fused AdamW). Answers {"ids", "labels", "runs"} with the medians in milliseconds."""
import json
import statistics
import sys
import time

import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification

shape, classes = json.loads(sys.argv[1]), int(sys.argv[2])
on_gpu = torch.cuda.is_available()
device = torch.device("cuda" if on_gpu else "cpu")
name = torch.cuda.get_device_name() if on_gpu else "the CPU (PyTorch found no GPU)"
print(json.dumps(dict(torch=torch.__version__, transformers=transformers.__version__)), flush=True)


def median(run, runs):
    times = []
    for i in range(runs + 3):
        started = time.perf_counter()
        run()
        if on_gpu:
            torch.cuda.synchronize()
        if i >= 3:
            times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def measure(batch, runs, fastest):
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = fastest
    model = BertForSequenceClassification(BertConfig(**shape, num_labels=classes)).to(device)
    decays = lambda name: "bias" not in name and "LayerNorm" not in name
    named = list(model.named_parameters())
    groups = [
        dict(params=[p for n, p in named if decays(n)], weight_decay=0.01),
        dict(params=[p for n, p in named if not decays(n)], weight_decay=0.0),
    ]
    optimizer = torch.optim.AdamW(groups, lr=2e-5, fused=fastest)
    forward = torch.compile(model) if fastest else model
    precision = torch.autocast(device.type, torch.bfloat16, enabled=fastest)

    def step():
        optimizer.zero_grad()
        with precision:
            loss = forward(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()

    def answer():
        with torch.inference_mode(), precision:
            forward(**batch).logits.float().cpu()

    trained = median(step, runs)
    model.eval()
    return trained, median(answer, runs)


for line in sys.stdin:
    asked = json.loads(line)
    ids = torch.tensor(asked["ids"], device=device)
    batch = dict(input_ids=ids, attention_mask=torch.ones_like(ids), labels=torch.tensor(asked["labels"], device=device))
    results = dict(float32=measure(batch, asked["runs"], False))
    if on_gpu:
        results["fastest"] = measure(batch, asked["runs"], True)
    print(json.dumps(dict(
        device=name,
        step={way: ms for way, (ms, _) in results.items()},
        answer={way: ms for way, (_, ms) in results.items()},
    )), flush=True)
