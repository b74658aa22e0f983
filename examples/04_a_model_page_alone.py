"""A model page is a plain torch module: take it out and use it in a loop of your own.

Run it: python examples/04_a_model_page_alone.py [steps]
"""

import sys

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from lamina.forms import pooled
from lamina.models.cnn import Cnn, CnnPlan

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

digits = load_digits()
pixels = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 8 - 1  # (N, 1, 8, 8)
labels = torch.tensor(digits.target)  # (N,)
train, test = torch.arange(1500), torch.arange(1500, len(labels))

torch.manual_seed(0)
page = Cnn(CnnPlan(width=16), channels=1, height=8, width=8)  # pixels -> Map (B, D, H, W)
head = nn.Linear(page.width, 10)
optimizer = torch.optim.AdamW([*page.parameters(), *head.parameters()], lr=0.003)

for step in range(steps):
    rows = train[torch.randint(len(train), (64,))]
    loss = F.cross_entropy(head(pooled(page(pixels[rows]))), labels[rows])  # pooled: any form -> (B, D)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(f"step {step}: loss {loss.item():.3f}")

page.eval()
with torch.inference_mode():
    right = (head(pooled(page(pixels[test]))).argmax(1) == labels[test]).float().mean()
print(f"accuracy {right:.3f} on {len(test)} pictures that were not trained on")
