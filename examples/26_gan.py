"""Two players: a critic tells real digits from made ones, a generator tries to pass. A run of ours judges what is made.

One good picture a class would be recognised every time; the distance between made and real pictures tells it apart.
Run it: python examples/26_gan.py [steps]
"""

import sys

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 3000

judge = lm.fit("digits", out="judge", steps=max(30, steps // 6))
run = lm.fit("digits", out="gan", objective="gan", judge="judge", steps=steps)

print(f"{'':<22} recognised  distance")
print(f"{'made':<22} {run.scores['recognised'].value:<11.3f} {run.scores['frechet'].value:.2f}")
for name, scores in run.all_scores()["baseline"].items():
    print(f"{name:<22} {scores['recognised']['value']:<11.3f} {scores['frechet']['value']:.2f}")

sevens = run.sample(10, label="7")
print(len(sevens), "sevens of", sevens[0].size, "pixels; lamina sample gan --label 7 --out sevens.png makes them too")
