"""Adult with scikit-learn, as its guide takes tables with categories: boosted trees on histograms.

https://scikit-learn.org/stable/auto_examples/ensemble/plot_gradient_boosting_categorical.html. Its budget is rounds of
boosting; 100 is its default, and it stops by itself.
"""

from __future__ import annotations

from pandas import read_csv
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from bench.peers.data import ADULT, NUMBERS, adult
from bench.peers.script import asked


def main() -> None:
    given = asked(budget=100)
    train, test = (
        read_csv(adult(part), names=ADULT, skipinitialspace=True, na_values="?") for part in ("train", "test")
    )
    train = train[: given.rows or None]
    for column in set(ADULT) - {*NUMBERS, "income"}:
        train[column] = train[column].astype("category")
        test[column] = test[column].astype(train[column].dtype)
    trees = HistGradientBoostingClassifier(
        max_iter=given.budget, categorical_features="from_dtype", random_state=given.seed
    )
    trees.fit(train.drop(columns="income"), train["income"] == ">50K")
    truth = test["income"].str.rstrip(".") == ">50K"
    given.judge(lambda: roc_auc_score(truth, trees.predict_proba(test.drop(columns="income"))[:, 1]))
    given.say(sum(tree.get_n_leaf_nodes() for some in trees._predictors for tree in some), len(train))


if __name__ == "__main__":
    main()
