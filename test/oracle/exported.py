"""Loads what `basewise export` wrote and prints what transformers and PEFT compute of it, as JSON.

    python test/oracle/exported.py FOLDER [ADAPTER] IDS TEXT

FOLDER is a model in Hugging Face's layout, ADAPTER a PEFT adapter for it, IDS token ids with commas between.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, *adapter, ids, text = sys.argv[1:]
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
if adapter:
    from peft import PeftModel

    model = PeftModel.from_pretrained(model, adapter[0])
tokenizer = AutoTokenizer.from_pretrained(folder)
with torch.no_grad():
    logits = model(torch.tensor([[int(id) for id in ids.split(",")]])).logits[0]
messages = [{"role": "user", "content": text}]
print(
    json.dumps(
        {
            "logits": logits.flatten().tolist(),
            "ids": tokenizer(text, add_special_tokens=False)["input_ids"],
            "chat": tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
            if tokenizer.chat_template
            else None,
            "eos": tokenizer.eos_token,
            "stops": model.generation_config.eos_token_id,
        }
    )
)
