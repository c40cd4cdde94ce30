"""Proves the reader of pytorch_model.bin: one state dict in the zip format and in the legacy one, with float16,
bfloat16, shared, transposed and integer tensors, beside the same values in safetensors; and a pickle that calls a
function, which must be refused. Writes goldens/torch/."""
import os
from collections import OrderedDict

import torch
from safetensors.torch import save_file

from common import GOLDENS

OUT = GOLDENS / "torch"


class Call:
    def __reduce__(self):
        return (os.system, ("echo executed",))


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(4)
    shared = torch.randn(4, 8)
    state = OrderedDict(
        plain=torch.randn(3, 5), scalar=torch.tensor(2.5), half=torch.randn(6).half(), bfloat=torch.randn(6).bfloat16(),
        double=torch.randn(2, 2).double(), first=shared, second=shared, part=shared[1:3, 2:5], transposed=torch.randn(3, 4).t(),
        parameter=torch.nn.Parameter(torch.randn(2, 3)), positions=torch.arange(5)[None], empty=torch.zeros(0, 3),
    )
    torch.save(state, OUT / "zip.bin")
    torch.save(state, OUT / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save(dict(weight=Call()), OUT / "malicious-zip.bin")
    torch.save(dict(weight=Call()), OUT / "malicious-legacy.bin", _use_new_zipfile_serialization=False)
    floats = {name: tensor.detach().float().contiguous().clone() for name, tensor in state.items() if tensor.is_floating_point()}
    save_file(floats, OUT / "expected.safetensors")
