"""SST-2 with transformers' Trainer: a small BERT from scratch, since no published weights are at hand.

https://huggingface.co/docs/transformers/tasks/sequence_classification for the Trainer, whose schedule falls linearly;
the rate is one for learning from scratch where the guide goes on from published weights.
"""

from __future__ import annotations

import tempfile

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DataCollatorWithPadding,
    PreTrainedTokenizerFast,
    Trainer,
    TrainingArguments,
)

from bench.peers.data import sentences
from bench.peers.net import weights
from bench.peers.script import asked


def reader(texts: list[str]) -> PreTrainedTokenizerFast:
    """A tokenizer of the words of training."""
    plain = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    plain.normalizer, plain.pre_tokenizer = normalizers.NFC(), pre_tokenizers.WhitespaceSplit()
    plain.train_from_iterator(texts, trainers.WordLevelTrainer(vocab_size=20_000, special_tokens=["[PAD]", "[UNK]"]))
    return PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="[PAD]", unk_token="[UNK]")


def main() -> None:
    given = asked(budget=4)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    (texts, labels), (test_texts, test_labels) = sentences("train", given.rows), sentences("test")
    read = reader(texts)
    train, test = (
        [{"input_ids": ids, "label": int(y)} for ids, y in zip(read(list(t))["input_ids"], labels_, strict=True)]
        for t, labels_ in ((texts, labels), (test_texts, test_labels))
    )
    plan = BertConfig(
        vocab_size=len(read), hidden_size=128, num_hidden_layers=2, num_attention_heads=4, intermediate_size=512,
        max_position_embeddings=64, pad_token_id=read.pad_token_id,
    )  # fmt: skip
    net = BertForSequenceClassification(plan)
    with tempfile.TemporaryDirectory() as folder:
        how = TrainingArguments(
            folder, num_train_epochs=given.budget, per_device_train_batch_size=32, per_device_eval_batch_size=128,
            learning_rate=1e-3, warmup_steps=0.1, seed=given.seed, use_cpu=True, report_to="none", save_strategy="no",
            logging_strategy="no", disable_tqdm=True,
        )  # fmt: skip
        trainer = Trainer(net, how, DataCollatorWithPadding(read), train)
        trainer.train()
        given.judge(lambda: (np.argmax(trainer.predict(test).predictions, 1) == test_labels).mean())
    given.say(weights(net), given.budget * len(train))


if __name__ == "__main__":
    main()
