"""SST-2 by an ordinary loop: the mean of word vectors and a linear layer, as the tutorial has it, with Adam.

https://docs.pytorch.org/tutorials/beginner/text_sentiment_ngrams_tutorial.html: EmbeddingBag of width 64, batches of
64, a collate function that puts sentences end to end; its SGD at a rate of 5 is replaced by Adam.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from bench.peers.data import sentences
from bench.peers.net import weights
from bench.peers.script import asked
from bench.peers.words import UNKNOWN, vocabulary


class Bag(nn.Module):
    """numbers (N,) of sentences end to end, and where each begins (B,) -> (B, 2)"""

    def __init__(self, words: int, width: int = 64):
        super().__init__()
        self.embed, self.out = nn.EmbeddingBag(words, width), nn.Linear(width, 2)

    def forward(self, ids: Tensor, starts: Tensor) -> Tensor:
        return self.out(self.embed(ids, starts))


def main() -> None:
    given = asked(budget=8)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    parts = [sentences("train", given.rows), sentences("test")]
    known = vocabulary(parts[0][0])

    def collate(rows: list[tuple[str, int]]) -> tuple[Tensor, Tensor, Tensor]:
        texts = [[known.get(word, UNKNOWN) for word in text.split()] for text, _ in rows]
        starts = torch.tensor([0, *map(len, texts[:-1])]).cumsum(0)
        return torch.tensor([i for text in texts for i in text]), starts, torch.tensor([label for _, label in rows])

    train, test = (list(zip(texts, labels.tolist(), strict=True)) for texts, labels in parts)
    batches = DataLoader(train, batch_size=64, shuffle=True, collate_fn=collate)
    asks = DataLoader(test, batch_size=256, collate_fn=collate)
    net, loss = Bag(len(known) + 2), nn.CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters(), lr=5e-3)

    def judge() -> float:
        net.eval()
        with torch.no_grad():
            return sum(int((net(x, starts).argmax(1) == y).sum()) for x, starts, y in asks) / len(test)

    for epoch in range(given.budget):
        net.train()
        for x, starts, y in batches:
            adam.zero_grad()
            loss(net(x, starts), y).backward()
            adam.step()
        if (given.each or epoch + 1 == given.budget) and given.judge(judge):
            break
    given.say(weights(net), given.epochs * len(train))


if __name__ == "__main__":
    main()
