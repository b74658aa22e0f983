"""Shakespeare by characters with transformers' Trainer: a small GPT-2 from its configuration, windows of 64 characters.

https://huggingface.co/docs/transformers/tasks/language_modeling for the Trainer and the labels; the sizes, rate and
decay are those of the loop beside it, as the guide's are for going on from published weights.
"""

from __future__ import annotations

import tempfile

import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

from bench.peers.data import nats, shakespeare
from bench.peers.gpt import DEPTH, HEADS, LENGTH, WIDTH
from bench.peers.net import weights
from bench.peers.script import asked

BATCH = 12


def small_gpt(letters: int, length: int = LENGTH) -> GPT2LMHeadModel:
    """A GPT-2 of the sizes that all systems train."""
    return GPT2LMHeadModel(GPT2Config(
        vocab_size=letters, n_positions=length, n_embd=WIDTH, n_layer=DEPTH, n_head=HEADS,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0,
    ))  # fmt: skip


def main() -> None:
    given = asked(budget=2000)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    ids, test, letters = shakespeare(given.rows)
    rows = torch.from_numpy(ids[: len(ids) // LENGTH * LENGTH]).view(-1, LENGTH)
    net = small_gpt(len(letters))
    with tempfile.TemporaryDirectory() as folder:
        how = TrainingArguments(
            folder, max_steps=given.budget, per_device_train_batch_size=BATCH, learning_rate=1e-3, weight_decay=0.1,
            adam_beta2=0.99, warmup_steps=100, lr_scheduler_type="cosine", seed=given.seed, use_cpu=True,
            report_to="none", save_strategy="no", logging_strategy="no", disable_tqdm=True,
        )  # fmt: skip
        Trainer(net, how, train_dataset=[{"input_ids": row, "labels": row} for row in rows]).train()
    net.eval()
    with torch.no_grad():
        given.judge(lambda: nats(lambda x: net(torch.from_numpy(x)).logits.log_softmax(-1).numpy(), test, LENGTH))
    given.say(weights(net), given.budget * BATCH)


if __name__ == "__main__":
    main()
