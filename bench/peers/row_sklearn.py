"""One row of Adult by scikit-learn: its columns and a logistic regression in a pipeline, `predict_proba`.

https://scikit-learn.org/stable/auto_examples/compose/plot_column_transformer_mixed_types.html
"""

from __future__ import annotations

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bench.peers.columns import matrix, parts
from bench.peers.gauge import milliseconds


def main() -> None:
    table, y, test, _ = parts(3000)
    whole = make_pipeline(matrix(), LogisticRegression(max_iter=300)).fit(table, y)
    milliseconds(lambda: whole.predict_proba(test[:1]))


if __name__ == "__main__":
    main()
