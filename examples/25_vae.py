"""How likely is a picture? A variational autoencoder bounds it, in nats, and draws pictures from nothing.

Pixels are black or white by chance, as bright as they are. Run it: python examples/25_vae.py [steps]
"""

import sys
from math import log

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 4000

run = lm.fit("digits", objective="vae", steps=steps)
beside = run.all_scores()["baseline"]["independent pixels"]["nats"]["value"]
print(f"one code        {run.scores['nats']}")
print(f"many codes      {run.scores['nats_weighed']}  never the looser bound")
print(f"pixels alone    {beside:.2f}, and {64 * log(2):.2f} for the toss of a coin")

for number, picture in enumerate(run.sample(3)):  # Pillow pictures
    picture.resize((64, 64)).save(f"made-{number}.png")
print("made-0.png, made-1.png and made-2.png were drawn from nothing")
