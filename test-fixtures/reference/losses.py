"""Proves the losses and their gradients against PyTorch: cross-entropy with weights and label smoothing, focal; and all
of them with weights of examples, which PyTorch leaves to whoever asks for the losses one by one."""
import torch
import torch.nn.functional as F

from common import GOLDENS, write_json

torch.manual_seed(1)
logits = torch.randn(12, 5) * 2
labels = torch.randint(0, 5, (12,))
weights = torch.tensor([0.4, 0.8, 1.2, 2.0, 2.5])


def focal(x, gamma, alpha):
    log_p = F.log_softmax(x, -1).gather(1, labels[:, None])[:, 0]
    weight = alpha[labels] if alpha is not None else 1.0
    return (-weight * (1 - log_p.exp()) ** gamma * log_p).mean()


def case(loss_of, weighted, **spec):
    x = logits.clone().requires_grad_()
    loss = loss_of(x)
    loss.backward()
    return dict(spec=spec, weighted=weighted, loss=loss.item(), gradient=x.grad.tolist())


cases = []
for weighted in (False, True):
    w = weights if weighted else None
    for smoothing in (0.0, 0.1):
        cases.append(case(lambda x: F.cross_entropy(x, labels, weight=w, label_smoothing=smoothing), weighted,
                          kind="cross-entropy", labelSmoothing=smoothing))
    for gamma in (0.0, 1.0, 2.0):
        cases.append(case(lambda x: focal(x, gamma, w), weighted, kind="focal", gamma=gamma))

example_weights = torch.tensor([1.0, 0.25, 3.0, 0.5, 1.0, 2.0, 0.1, 1.5, 0.45, 1.0, 4.0, 0.75])


def weighted_cross_entropy(x, w, smoothing):
    losses = F.cross_entropy(x, labels, weight=w, label_smoothing=smoothing, reduction="none")
    return (example_weights * losses).sum() / (example_weights * (w[labels] if w is not None else 1.0)).sum()


def weighted_focal(x, gamma, alpha):
    log_p = F.log_softmax(x, -1).gather(1, labels[:, None])[:, 0]
    losses = -(alpha[labels] if alpha is not None else 1.0) * (1 - log_p.exp()) ** gamma * log_p
    return (example_weights * losses).sum() / example_weights.sum()


example_cases = []
for weighted in (False, True):
    w = weights if weighted else None
    for smoothing in (0.0, 0.1):
        example_cases.append(case(lambda x: weighted_cross_entropy(x, w, smoothing), weighted,
                                  kind="cross-entropy", labelSmoothing=smoothing))
    for gamma in (0.0, 2.0):
        example_cases.append(case(lambda x: weighted_focal(x, gamma, w), weighted, kind="focal", gamma=gamma))

write_json(GOLDENS / "losses.json", dict(versions=dict(torch=torch.__version__), logits=logits.tolist(),
                                         labels=labels.tolist(), weights=weights.tolist(), cases=cases,
                                         example_weights=example_weights.tolist(), example_cases=example_cases))
