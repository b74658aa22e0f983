"""SST-2 with scikit-learn, as its guide classifies texts: TF-IDF of words and pairs of words, logistic regression.

https://scikit-learn.org/stable/auto_examples/text/plot_document_classification_20newsgroups.html. It has no budget.
"""

from __future__ import annotations

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bench.peers.data import sentences
from bench.peers.script import asked


def main() -> None:
    given = asked(budget=1)
    texts, labels = sentences("train", given.rows)
    net = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=5, max_iter=1000, random_state=given.seed),
    )
    net.fit(texts, labels)
    given.judge(lambda: net.score(*sentences("test")))
    given.say(net[-1].coef_.size, len(texts))


if __name__ == "__main__":
    main()
