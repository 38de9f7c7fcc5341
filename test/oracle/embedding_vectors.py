"""Writes test/fixtures/embedding: the vectors that the reference gives to texts, and a tiny random BERT.

    pip install -r test/oracle/requirements.txt && python test/oracle/embedding_vectors.py [FOLDER_OF_ALL_MINILM_L6_V2]
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModel, BertConfig, BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

FIXTURES = Path(__file__).parent.parent / "fixtures"
FOLDER = FIXTURES / "embedding"

TEXTS = [
    "A dog has four legs.",
    "How many legs does a dog have?",
    "Interest rates rose again in October.",
    "x",
    "the quick brown fox jumps over the lazy dog " * 6,
]


def rounded(values):
    return [float(f"{value:.7g}") for value in values.tolist()]


def vectors(model, ids):
    states = model(input_ids=torch.tensor([ids])).last_hidden_state[0].float()
    return {"ids": ids, "mean": rounded(states.mean(0)), "last": rounded(states[-1]), "cls": rounded(states[0])}


def qwen3():
    """The vectors of a model that test/oracle/convert_models.py made."""
    folder = FIXTURES / "convert" / "tiny-qwen3-instruct"
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(5)
    lengths = [1, 7, 40, 100]
    texts = [torch.randint(0, 300, (length,), generator=generator).tolist() for length in lengths]
    write("tiny-qwen3", [vectors(model, ids) for ids in texts])


def bert():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=120, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    edges = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=edges
    )
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=96,
        initializer_range=0.2,
        num_labels=1,
    )
    scorer = BertForSequenceClassification(config).eval()
    folder = FOLDER / "tiny-bert"
    scorer.save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]"
    ).save_pretrained(folder)
    pairs = [(TEXTS[1], document) for document in TEXTS]
    scored = []
    for query, document in pairs:
        ids = tokenizer.encode(query, document).ids
        # All of type 0: libllama tells the two texts apart by the separator alone.
        scored.append({"query": query, "document": document, "ids": ids, "logit": rounded(scorer(torch.tensor([ids])).logits[0])[0]})
    write("tiny-bert/pairs", scored)
    write("tiny-bert/golden", [{"text": text, **vectors(scorer.bert, tokenizer.encode(text).ids)} for text in TEXTS])


def minilm(folder):
    """The vectors of sentence-transformers/all-MiniLM-L6-v2: mean over the tokens, normalised."""
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    model = BertModel.from_pretrained(folder).eval()
    found = []
    for text in TEXTS[:4] + ["Ein Hund hat vier Beine.", "Über Café, naïve — 中文 & 123.5%!"]:
        ids = tokenizer.encode(text).ids
        mean = model(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(0)
        found.append({"text": text, "ids": ids, "vector": rounded(mean / mean.norm())})
    write("all-minilm-l6-v2", found)


def write(name, value):
    path = FOLDER / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n")


with torch.no_grad():
    qwen3()
    bert()
    if len(sys.argv) > 1:
        minilm(sys.argv[1])
