"""TF-IDF and multinomial logistic regression, the usual baseline for intents; prints accuracy and macro F1 as JSON.

Needs scikit-learn 1.9. The strength of the penalty is chosen by 15 % of the training rows, as basewise does.
Usage: python bench/peers/tfidf.py TRAIN.csv TEST.csv
"""

import csv
import json
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    return [row["text"] for row in found], [row["category"] for row in found]


def model(strength):
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=strength, max_iter=300),
    )


texts, labels = rows(sys.argv[1])
learned, choosing, learned_labels, choosing_labels = train_test_split(
    texts, labels, test_size=0.15, random_state=1, stratify=labels
)
strength = max(
    (1, 10, 100), key=lambda c: model(c).fit(learned, learned_labels).score(choosing, choosing_labels)
)
test, test_labels = rows(sys.argv[2])
said = model(strength).fit(texts, labels).predict(test)
print(
    json.dumps(
        {
            "C": strength,
            "accuracy": accuracy_score(test_labels, said),
            "macroF1": f1_score(test_labels, said, average="macro"),
        }
    )
)
