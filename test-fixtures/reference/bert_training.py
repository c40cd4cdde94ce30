"""Proves the model, the loss, the gradients and the optimiser: a tiny BertForSequenceClassification trained as
transformers' Trainer trains (AdamW with two parameter groups, linear schedule, clipping), dropout off.

Writes goldens/bert/: config.json, model.safetensors (first weights), batches.json, gradients.safetensors (of the
weighted cross-entropy of batch 0), final.safetensors (weights after 20 steps), expected.json.
"""
import json
import random

import torch
import torch.nn.functional as F
import transformers
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification, get_linear_schedule_with_warmup

from common import GOLDENS, write_json

OUT = GOLDENS / "bert"
LABELS = ["бытовая техника", "обувь", "одежда", "посуда", "электроника"]
CLASS_WEIGHTS = torch.tensor([0.4, 0.8, 1.2, 2.0, 2.5])
CONFIG = dict(
    vocab_size=120, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
    max_position_embeddings=40, type_vocab_size=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)},
)


def make_model(**changes):
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(**{**CONFIG, **changes}))
    with torch.no_grad():  # biases and LayerNorm too, so that nothing is trivially 0 or 1
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.1 + (1 if "LayerNorm.weight" in name else 0))
    return model.eval()


def make_batch():
    lengths = [random.randint(8, 24) for _ in range(6)]
    pad = lambda rows: [row + [0] * (max(lengths) - len(row)) for row in rows]
    return dict(
        input_ids=pad([[random.randrange(1, 120) for _ in range(n)] for n in lengths]),
        attention_mask=pad([[1] * n for n in lengths]),
        token_type_ids=pad([[random.randint(0, 1) for _ in range(n)] for n in lengths]),
        labels=[random.choices(range(5), weights=[8, 4, 2, 1, 1])[0] for _ in range(6)],
    )


def logits_of(model, batch):
    return model(**{name: torch.tensor(batch[name]) for name in ("input_ids", "attention_mask", "token_type_ids")}).logits


def weighted_cross_entropy(logits, labels):
    return F.cross_entropy(logits, labels, weight=CLASS_WEIGHTS)


def focal(logits, labels, gamma=2.0):
    log_p = F.log_softmax(logits, -1).gather(1, labels[:, None])[:, 0]
    return (-CLASS_WEIGHTS[labels] * (1 - log_p.exp()) ** gamma * log_p).mean()


def train(loss_of, batches, warmup=0, accumulation=1, weight_decay=0.01):
    model = make_model()
    decays = lambda name: "bias" not in name and "LayerNorm" not in name
    named = list(model.named_parameters())
    optimizer = torch.optim.AdamW(
        [
            dict(params=[p for n, p in named if decays(n)], weight_decay=weight_decay),
            dict(params=[p for n, p in named if not decays(n)], weight_decay=0.0),
        ],
        lr=1e-3, betas=(0.9, 0.999), eps=1e-8,
    )
    steps = len(batches) // accumulation
    schedule = get_linear_schedule_with_warmup(optimizer, warmup, steps)
    log = []
    for step in range(steps):
        group = batches[step * accumulation : (step + 1) * accumulation]  # accumulated, they are one large batch
        logits = torch.cat([logits_of(model, batch) for batch in group])
        loss = loss_of(logits, torch.tensor([label for batch in group for label in batch["labels"]]))
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item()
        log.append(dict(loss=loss.item(), grad_norm=norm, learning_rate=schedule.get_last_lr()[0]))
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model, log


def uneven(batches):
    """Each second batch without its first two rows."""
    cut = lambda batch: {name: rows[2:] for name, rows in batch.items()}
    return [cut(batch) if i % 2 else batch for i, batch in enumerate(batches)]


def few_tokens(batches):
    """A data set that uses a quarter of the vocabulary."""
    return [dict(batch, input_ids=[[1 + token % 29 for token in row] for row in batch["input_ids"]]) for batch in batches]


def state(model):
    return {name: parameter.detach().contiguous() for name, parameter in model.named_parameters()}


if __name__ == "__main__":
    random.seed(0)
    batches = [make_batch() for _ in range(20)]
    model = make_model()
    model.save_pretrained(OUT)
    write_json(OUT / "batches.json", batches)

    logits = logits_of(model, batches[0])
    labels = torch.tensor(batches[0]["labels"])
    loss = weighted_cross_entropy(logits, labels)
    loss.backward()
    save_file({n: p.grad.contiguous() for n, p in model.named_parameters()}, OUT / "gradients.safetensors")

    # strong, so that rows without a gradient decay by more than rounding
    rare, _ = train(weighted_cross_entropy, few_tokens(batches), weight_decay=0.5)
    save_file({name: value for name, value in state(rare).items() if "embeddings" in name}, OUT / "few-tokens.safetensors")

    trained, training = train(weighted_cross_entropy, batches)
    save_file(state(trained), OUT / "final.safetensors")
    write_json(OUT / "expected.json", dict(
        versions=dict(torch=torch.__version__, transformers=transformers.__version__),
        labels=LABELS,
        class_weights=CLASS_WEIGHTS.tolist(),
        logits=logits.tolist(),
        cross_entropy=F.cross_entropy(logits, labels).item(),
        weighted_cross_entropy=loss.item(),
        training=training,
        warmup=train(weighted_cross_entropy, batches, warmup=4)[1],
        accumulation=train(weighted_cross_entropy, uneven(batches), accumulation=2)[1],
        focal_accumulation=train(focal, uneven(batches), accumulation=2)[1],
        focal=train(focal, batches)[1],
        relu_logits=logits_of(make_model(hidden_act="relu"), batches[0]).tolist(),
        gelu_new_logits=logits_of(make_model(hidden_act="gelu_new"), batches[0]).tolist(),
    ))
