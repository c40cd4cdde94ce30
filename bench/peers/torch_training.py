"""transformers' BertForSequenceClassification trained by PyTorch on the CPU, as the Trainer does: AdamW, clipping,
dropout. Answers {"batches": [{"input_ids", "attention_mask", "labels"}]} with {"ms", "peakMegabytes"}; first tells its
versions."""
import json
import resource
import sys
import time

import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification

shape = json.loads(sys.argv[1])
torch.manual_seed(1)
torch.set_num_threads(int(sys.argv[2]))
model = BertForSequenceClassification(BertConfig(**shape, num_labels=9)).train()
decays = lambda name: "bias" not in name and "LayerNorm" not in name
named = list(model.named_parameters())
optimizer = torch.optim.AdamW([
    dict(params=[p for n, p in named if decays(n)], weight_decay=0.01),
    dict(params=[p for n, p in named if not decays(n)], weight_decay=0.0),
], lr=2e-5)
print(json.dumps(dict(torch=torch.__version__, transformers=transformers.__version__)), flush=True)
for line in sys.stdin:
    batches = [{name: torch.tensor(rows) for name, rows in batch.items()} for batch in json.loads(line)["batches"]]
    started = time.perf_counter()
    for batch in batches:
        optimizer.zero_grad()
        loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    ms = 1000 * (time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps(dict(ms=ms, loss=loss.item(), peakMegabytes=peak)), flush=True)
