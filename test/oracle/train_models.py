"""Writes test/fixtures/train: what transformers and PEFT compute of the tiny models of test/fixtures/convert.

    pip install -r test/oracle/requirements.txt && python test/oracle/train_models.py [FOLDER]

Of every gradient the norm and some elements are kept, by the weight's name in GGUF and in its layout there.
"""

import json
import math
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

FIXTURES = Path(__file__).parent.parent / "fixtures"
FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else FIXTURES / "train"
MODELS = ["tiny-qwen2-base", "tiny-qwen2-yarn", "tiny-qwen3-instruct", "tiny-llama3", "tiny-llama2"]
TOKENS = 24
SAMPLES = 24
RANK = 4
ALPHA = 6

PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
OUTSIDE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def gguf_name(module):
    """The name of a module of transformers in GGUF, without `.weight`."""
    if module in OUTSIDE:
        return OUTSIDE[module]
    layer, part = module.removeprefix("model.layers.").split(".", 1)
    return f"blk.{layer}.{PARTS[part]}"


def interleaves(config, name):
    return config.model_type == "llama" and name.endswith(("attn_q", "attn_k"))


def to_gguf(rows, head):
    """Rows of a llama projection as GGUF lays them out: row i and i + half of a head become neighbours."""
    return rows.reshape(-1, 2, head // 2, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)


def from_gguf(rows, head):
    return rows.reshape(-1, head // 2, 2, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)


def described(gradient):
    flat = gradient.detach().double().flatten()
    step = max(1, len(flat) // SAMPLES)
    return {"norm": float(flat.norm()), "step": step, "values": [float(f"{x:.7g}") for x in flat[::step][:SAMPLES]]}


def wave(index, shape, size):
    """Adapter weights that both sides can compute, so that no file has to hold them."""
    count = math.prod(shape)
    values = [size * math.sin(1.3 * k + index) for k in range(count)]
    return torch.tensor(values, dtype=torch.float64).float().reshape(shape)


def loss_of(model, ids):
    logits = model(input_ids=ids[:, :-1]).logits[0]
    each = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
    taught = torch.tensor([position % 3 != 0 for position in range(1, TOKENS)])
    return (each * taught).sum() / taught.sum(), logits


def log_likelihood(model, prompt, answer):
    """ln p of an answer behind its prompt, summed over its tokens."""
    ids = torch.tensor([prompt + answer])
    logits = model(input_ids=ids[:, :-1]).logits[0]
    each = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")
    return -each[len(prompt) - 1 :].sum()


def preferences(model, pairs, kind):
    """Losses of six steps on two pairs each: DPO (Rafailov et al. 2023) and SimPO (Meng et al. 2024)."""
    answers = [(pair, which) for pair in pairs for which in ("chosen", "rejected")]
    with torch.no_grad():
        before = {(id(pair), which): log_likelihood(model, pair["prompt"], pair[which]) for pair, which in answers}

    def worth(pair, which):
        now = log_likelihood(model, pair["prompt"], pair[which])
        if kind == "simpo":
            return 2.0 * now / len(pair[which])
        return 0.1 * (now - before[id(pair), which])

    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0)
    steps = []
    for step in range(6):
        some = [pairs[(2 * step + i) % len(pairs)] for i in range(2)]
        worths = [(worth(pair, "chosen"), worth(pair, "rejected")) for pair in some]
        margin = 1.5 if kind == "simpo" else 0.0
        losses = [-torch.nn.functional.logsigmoid(chosen - rejected - margin) for chosen, rejected in worths]
        loss = sum(losses) / len(losses)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        mean = lambda which: float(sum(pair[which] for pair in worths) / len(worths))
        steps.append({"loss": float(loss), "norm": float(norm), "chosen": mean(0), "rejected": mean(1)})
    return steps


FOLDER.mkdir(parents=True, exist_ok=True)
for name in MODELS:
    folder = FIXTURES / "convert" / name
    load = lambda: AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    model = load()
    config = model.config
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    generator = torch.Generator().manual_seed(5)
    ids = torch.randint(0, config.vocab_size, (1, TOKENS), generator=generator)

    loss, logits = loss_of(model, ids)
    loss.backward()
    gradients = {}
    for parameter, weight in model.named_parameters():
        module, kind = parameter.rsplit(".", 1)
        base = gguf_name(module)
        gradient = to_gguf(weight.grad, head) if interleaves(config, base) else weight.grad
        gradients[f"{base}.{kind}"] = described(gradient)
    golden = {
        "ids": ids[0].tolist(),
        "loss": float(loss),
        "lastLogits": [float(f"{x:.7g}") for x in logits[-1].detach()],
        "gradients": gradients,
        "adapters": {},
    }

    for kind in ["lora", "rslora", "dora"]:
        adapter = LoraConfig(
            r=RANK,
            lora_alpha=ALPHA,
            target_modules="all-linear",
            use_rslora=kind == "rslora",
            use_dora=kind == "dora",
            task_type="CAUSAL_LM",
        )
        adapted = get_peft_model(load(), adapter)
        modules = {}
        for module, layer in adapted.base_model.model.named_modules():
            if hasattr(layer, "lora_A"):
                modules[gguf_name(module)] = layer
        # in the order in which basewise lists what an adapter learns
        order = list(PARTS.values())
        key = lambda base: (int(base.split(".")[1]), order.index(base.split(".")[2]))
        listed = [(base, part) for base in sorted(modules, key=key) for part in ("lora_A", "lora_B")]
        with torch.no_grad():
            for index, (base, part) in enumerate(listed):
                weight = getattr(modules[base], part)["default"].weight
                value = wave(index, tuple(weight.shape), 0.1)
                turned = part == "lora_B" and interleaves(config, base)
                weight.copy_(from_gguf(value, head) if turned else value)
        loss, _ = loss_of(adapted, ids)
        loss.backward()
        gradients = {}
        for base, layer in modules.items():
            turn = (lambda rows: to_gguf(rows, head)) if interleaves(config, base) else (lambda rows: rows)
            gradients[f"{base}.weight.lora_a"] = described(layer.lora_A["default"].weight.grad)
            gradients[f"{base}.weight.lora_b"] = described(turn(layer.lora_B["default"].weight.grad))
            if kind == "dora":
                magnitude = layer.lora_magnitude_vector["default"].weight
                gradients[f"{base}.weight.lora_magnitude"] = described(turn(magnitude.grad.flatten()))
        golden["adapters"][kind] = {"loss": float(loss), "gradients": gradients}

    draw = lambda count: torch.randint(0, config.vocab_size, (count,), generator=generator).tolist()
    pairs = [{"prompt": draw(5), "chosen": draw(4 + i), "rejected": draw(3 + 2 * i % 5)} for i in range(4)]
    golden["pairs"] = pairs
    golden["preferences"] = {kind: preferences(load(), pairs, kind) for kind in ("sigmoid", "simpo")}
    (FOLDER / f"{name}.json").write_text(json.dumps(golden) + "\n")
    print(name, float(golden["loss"]), {kind: value["loss"] for kind, value in golden["adapters"].items()})
