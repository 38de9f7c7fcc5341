"""Writes test/fixtures/convert: tiny random models with the logits and token ids that the reference computes.

    pip install -r test/oracle/requirements.txt && python test/oracle/convert_models.py
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM

FOLDER = Path(__file__).parent.parent / "fixtures" / "convert"

TEXT = """
A base model continues a text; it was never taught turns, roles or when to stop. An instruct model was tuned to answer.
Long ago a small cat lived near the river, and every morning it watched the boats go by. It's hers, isn't it? They'll see.
基座模型续写文本，从未学过轮次和角色，也不知道何时停止。指令模型经过训练，会回答问题。从前有一只小猫住在河边。
def add(first: int, second: int) -> int:
    return first + second  # 2024-11-24, 3.14159, 1000000

for (let index = 0; index < 10; index++) { console.log(`line ${index}`); }
""".strip()

PROBES = [
    TEXT,
    "",
    " ",
    "   three spaces,\ttabs\t\tand\n\n\nlines   \n  ",
    "I'M, you'RE, we'Ve, it's, ſ'ſ",
    "1 12 123 1234 12345 ½ ٣٤ Ⅷ",
    "The cat's price: $3.50!!! (really?) <tag> a_b-c",
    "小猫🐱在河边👩‍👩‍👧 กำลัง हिन्दी Ελληνικά العربية",
    "e\u0301 \u00e9 \ufb01 \u2028\u2029\u0085\ufeff\u200b",
    "<|im_start|>user\nhello<|im_end|>",
    "x" * 60,
]

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + TAIL
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + TAIL


def byte_level(pattern, specials, ignore_merges=False, nfc=False, bos=None):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if nfc:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=310, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in specials])
    tokenizer.add_tokens([AddedToken("<tool_call>", special=False, normalized=False)])
    if bos is not None:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tokenizer.token_to_id(bos))]
        )
    return tokenizer


def sentencepiece_like():
    """What the converter of transformers makes of Llama 2's SentencePiece model: all ways to join, by score."""
    spaced = TEXT.replace(" ", "\u2581")
    learner = Tokenizer(models.BPE())
    learner.train_from_iterator(
        [word for line in spaced.split("\n") for word in line.replace("\u2581", " \u2581").split(" ")],
        trainers.BpeTrainer(vocab_size=100, show_progress=False),
    )
    ranked = [left + right for left, right in json.loads(learner.to_str())["model"]["merges"]]
    vocab = {token: index for index, token in enumerate(["<unk>", "<s>", "</s>"])}
    for byte in range(256):
        vocab[f"<0x{byte:02X}>"] = len(vocab)
    for piece in ranked + sorted(set("".join(ranked)) | {"\u2581"}):
        vocab.setdefault(piece, len(vocab))
    merges = []
    for piece in ranked:
        for cut in range(1, len(piece)):
            if piece[:cut] in vocab and piece[cut:] in vocab:
                merges.append((piece[:cut], piece[cut:]))
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens(
        [AddedToken(text, special=True, normalized=False) for text in ["<unk>", "<s>", "</s>"]]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    return tokenizer


def write(name, model, tokenizer, dtype, tokens, generation, shard="5GB"):
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(len(name))
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            # large enough that attention chooses, so that a wrong layout shows
            if "norm" in parameter_name:
                parameter.copy_(1 + 0.2 * torch.randn_like(parameter))
            elif parameter.dim() == 1:
                parameter.copy_(0.5 * torch.randn_like(parameter))
            else:
                parameter.copy_(torch.randn_like(parameter) * 1.2 / parameter.shape[1] ** 0.5)
    model = model.to(dtype)
    model.save_pretrained(folder, max_shard_size=shard)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(tokens, ensure_ascii=False, indent=2) + "\n")
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    # the reference computes in f32, with the weights rounded as they are stored
    model = model.to(torch.float32).eval()
    ids = tokenizer.encode(TEXT, add_special_tokens=True).ids[: model.config.max_position_embeddings][:100]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0]
    at = sorted({0, 1, 2, 5, 17, 40, len(ids) - 1})
    golden = {"ids": torch.tensor(ids), "positions": torch.tensor(at), "logits": logits[at].contiguous()}
    save_file(golden, folder / "golden.safetensors")
    encoded = [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in PROBES]
    (folder / "golden.json").write_text(json.dumps(encoded, ensure_ascii=False) + "\n")
    print(name, sum(p.numel() for p in model.parameters()), "parameters, logits", float(logits.std()))


def shape(rows, **more):
    return {
        "vocab_size": rows,
        "hidden_size": 64,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 128,
        "rms_norm_eps": 1e-6,
        **more,
    }


CHATML = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
QWEN_SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
LLAMA_SPECIALS = ["<|begin_of_text|>", "<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"]

qwen = byte_level(QWEN2, QWEN_SPECIALS, nfc=True)
llama3 = byte_level(LLAMA3, LLAMA_SPECIALS, ignore_merges=True, bos="<|begin_of_text|>")
llama2 = sentencepiece_like()
rows = 328  # more than tokens, as in the published models
qwen_ids = {text: qwen.token_to_id(text) for text in QWEN_SPECIALS}
llama_ids = {text: llama3.token_to_id(text) for text in LLAMA_SPECIALS}
base = {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "bos_token": None, "chat_template": CHATML}

write(
    "tiny-qwen2-base",
    Qwen2ForCausalLM(Qwen2Config(**shape(rows, tie_word_embeddings=True, rope_theta=1e6))),
    qwen,
    torch.float32,
    base,
    {"do_sample": False, "eos_token_id": qwen_ids["<|endoftext|>"], "max_new_tokens": 2048},
)
write(
    "tiny-qwen2-yarn",
    Qwen2ForCausalLM(
        Qwen2Config(
            **shape(
                rows,
                num_hidden_layers=1,
                tie_word_embeddings=True,
                rope_parameters={
                    "rope_type": "yarn",
                    "rope_theta": 1e4,
                    "factor": 4.0,
                    "original_max_position_embeddings": 32,
                },
            )
        )
    ),
    qwen,
    torch.bfloat16,
    base,
    {"eos_token_id": qwen_ids["<|endoftext|>"]},
)
write(
    "tiny-qwen3-instruct",
    Qwen3ForCausalLM(Qwen3Config(**shape(rows, num_hidden_layers=1, head_dim=32, rope_theta=1e6))),
    qwen,
    torch.bfloat16,
    {**base, "eos_token": "<|im_end|>", "add_bos_token": False},
    {
        "do_sample": True,
        "eos_token_id": [qwen_ids["<|im_end|>"], qwen_ids["<|endoftext|>"]],
        "temperature": 0.7,
        "top_k": 20,
        "top_p": 0.8,
        "repetition_penalty": 1.05,
    },
    shard="60KB",
)
write(
    "tiny-llama3",
    LlamaForCausalLM(
        LlamaConfig(
            **shape(
                rows,
                rope_parameters={
                    "rope_type": "llama3",
                    "rope_theta": 1e4,
                    "factor": 8.0,
                    "low_freq_factor": 1.0,
                    "high_freq_factor": 4.0,
                    "original_max_position_embeddings": 64,
                },
            )
        )
    ),
    llama3,
    torch.float16,
    {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    {"eos_token_id": [llama_ids["<|end_of_text|>"], llama_ids["<|eom_id|>"], llama_ids["<|eot_id|>"]]},
)
write(
    "tiny-llama2",
    LlamaForCausalLM(
        LlamaConfig(
            **shape(
                llama2.get_vocab_size(),
                num_key_value_heads=4,
                tie_word_embeddings=True,
                attention_bias=True,
                mlp_bias=True,
                rms_norm_eps=1e-5,
            )
        )
    ),
    llama2,
    torch.bfloat16,
    {"add_bos_token": True, "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
    {"bos_token_id": 1, "eos_token_id": 2},
)
