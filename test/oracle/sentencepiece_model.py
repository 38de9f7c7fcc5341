"""Writes test/fixtures/sentencepiece: a small tokenizer.model with the ids that SentencePiece itself gives.

    pip install -r test/oracle/requirements.txt && python test/oracle/sentencepiece_model.py
"""

import json
from pathlib import Path

import sentencepiece

FOLDER = Path(__file__).parent.parent / "fixtures" / "sentencepiece"

LINES = """
A base model continues a text; it was never taught turns, roles or when to stop. An instruct model was tuned to answer.
Long ago a small cat lived near the river, and every morning it watched the boats go by. It's hers, isn't it? They'll see.
基座模型续写文本，从未学过轮次和角色，也不知道何时停止。指令模型经过训练，会回答问题。从前有一只小猫住在河边。
def add(first: int, second: int) -> int:    return first + second  # 2024-11-24, 3.14159, 1000000
""".strip().split("\n")

PROBES = [
    *LINES,
    " ",
    "   three spaces,\ttabs\t\tand\n\n\nlines   \n  ",
    "1 12 123 1234 12345 ½ ٣٤ Ⅷ",
    "小猫🐱在河边👩‍👩‍👧 กำลัง हिन्दी Ελληνικά العربية",
    "e\u0301 \u00e9 \ufb01 \u2028\u2029\u0085\ufeff\u200b\u3000",
    "the theory of the other mother",
    "▁already ▁ written",
    "x" * 60,
]


def train(name, **options):
    settings = dict(
        sentence_iterator=iter(LINES),
        model_prefix=str(FOLDER / name),
        vocab_size=420,
        character_coverage=1.0,
        num_threads=1,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    sentencepiece.SentencePieceTrainer.train(**settings, **options)
    (FOLDER / f"{name}.vocab").unlink()


FOLDER.mkdir(parents=True, exist_ok=True)
llama = dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False)
train("llama", **llama)
train("bare", **llama, add_dummy_prefix=False)
train("unigram", model_type="unigram", byte_fallback=True, normalization_rule_name="identity")
golden = {}
for name in ["llama", "bare"]:
    model = sentencepiece.SentencePieceProcessor(model_file=str(FOLDER / f"{name}.model"))
    golden[name] = [{"text": text, "ids": model.encode(text)} for text in PROBES]
    golden[f"{name} pieces"] = [model.id_to_piece(i) for i in range(model.get_piece_size())]
(FOLDER / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
