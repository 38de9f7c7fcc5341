"""Writes test/fixtures/safetensors: one file with a tensor of every kind, by the reference implementation.

    pip install -r test/oracle/requirements.txt && python test/oracle/safetensors_file.py
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

DTYPES = [
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.float8_e5m2,
    torch.float8_e4m3fn,
    torch.int16,
    torch.uint16,
    torch.float16,
    torch.bfloat16,
    torch.int32,
    torch.uint32,
    torch.float32,
    torch.complex64,
    torch.float64,
    torch.int64,
    torch.uint64,
]

folder = Path(__file__).parent.parent / "fixtures" / "safetensors"
tensors = {str(dtype).removeprefix("torch."): torch.arange(6).reshape(2, 3).to(dtype) for dtype in DTYPES}
tensors["scalar"] = torch.tensor(2.5)
tensors["empty"] = torch.zeros(0, 4)
tensors["名字"] = torch.ones(3, 1, 2)
save_file(tensors, folder / "dtypes.safetensors", metadata={"format": "pt"})
shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
sizes = {name: tensor.numel() * tensor.element_size() for name, tensor in tensors.items()}
(folder / "dtypes.json").write_text(
    json.dumps({"shapes": shapes, "bytes": sizes}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
)
