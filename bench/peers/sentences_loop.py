"""SST-2 by an ordinary loop: a bidirectional LSTM over words, DataLoader with padding, Adam, float32.

https://docs.pytorch.org/tutorials/beginner/text_sentiment_ngrams_tutorial.html for the loop and its collate function;
the net is the first layer of the LSTM that the other systems train, its words averaged.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from bench.peers.data import sentences
from bench.peers.net import weights
from bench.peers.script import asked
from bench.peers.words import UNKNOWN, vocabulary


class Reader(nn.Module):
    """numbers (B, T), 0 where a sentence has ended -> (B, 2)"""

    def __init__(self, words: int, width: int = 128):
        super().__init__()
        self.embed = nn.Embedding(words, width, padding_idx=0)
        self.read = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True)
        self.out = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        there = (x > 0).float().unsqueeze(-1)  # (B, T, 1)
        seen, _ = self.read(self.embed(x))
        return self.out((seen * there).sum(1) / there.sum(1))


def main() -> None:
    given = asked(budget=3)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    parts = [sentences("train", given.rows), sentences("test")]
    known = vocabulary(parts[0][0])

    def collate(rows: list[tuple[str, int]]) -> tuple[Tensor, Tensor]:
        texts = [torch.tensor([known.get(word, UNKNOWN) for word in text.split()]) for text, _ in rows]
        return nn.utils.rnn.pad_sequence(texts, batch_first=True), torch.tensor([label for _, label in rows])

    train, test = (list(zip(texts, labels.tolist(), strict=True)) for texts, labels in parts)
    batches = DataLoader(train, batch_size=32, shuffle=True, collate_fn=collate)
    asks = DataLoader(test, batch_size=256, collate_fn=collate)
    net, loss = Reader(len(known) + 2), nn.CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)

    def judge() -> float:
        net.eval()
        with torch.no_grad():
            return sum(int((net(x).argmax(1) == y).sum()) for x, y in asks) / len(test)

    for epoch in range(given.budget):
        net.train()
        for x, y in batches:
            adam.zero_grad()
            loss(net(x), y).backward()
            adam.step()
        if (given.each or epoch + 1 == given.budget) and given.judge(judge):
            break
    given.say(weights(net), given.epochs * len(train))


if __name__ == "__main__":
    main()
