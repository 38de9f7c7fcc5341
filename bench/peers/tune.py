"""Trains a random model with PyTorch, transformers and PEFT; prints tokens a second and peak memory as JSON.

Set up by `npm run bench:tune:setup` (tune-requirements.txt). Usage: python bench/peers/tune.py JOB, where JOB is the JSON that
bench/tune.ts passes: the sizes of the model, the batch, the adapter's rank if there is one, threads, steps and precision.
"""

import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import Qwen2Config, Qwen2ForCausalLM

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
torch.manual_seed(1)
size, batch = job["model"], job["batch"]
config = Qwen2Config(
    vocab_size=size["vocabularySize"],
    hidden_size=size["hiddenSize"],
    num_hidden_layers=size["layers"],
    num_attention_heads=size["heads"],
    num_key_value_heads=size["kvHeads"],
    intermediate_size=size["feedForwardSize"],
    max_position_embeddings=size["context"],
    rope_theta=size["ropeBase"],
    tie_word_embeddings=True,
    use_cache=False,
)
torch.set_default_dtype(torch.bfloat16 if job["precision"] == "bf16" else torch.float32)
model = Qwen2ForCausalLM(config)
if job["rank"] is not None:
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    model = get_peft_model(model, LoraConfig(r=job["rank"], lora_alpha=2 * job["rank"], target_modules=names))
model.train()
learned = [weight for weight in model.parameters() if weight.requires_grad]
optimizer = torch.optim.AdamW(learned, lr=1e-4)


def step():
    ids = torch.randint(0, size["vocabularySize"], (batch["batch"], batch["time"]))
    labels = ids.clone()
    labels[:, : batch["time"] - batch["supervised"]] = -100
    loss = model(input_ids=ids, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(learned, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


step()
start = time.perf_counter()
for _ in range(job["steps"]):
    loss = step()
seconds = time.perf_counter() - start
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
tokens = job["steps"] * batch["batch"] * batch["time"]
print(json.dumps({"tokensPerSecond": tokens / seconds, "peakBytes": peak, "loss": loss}))
