"""A run behind an address: rows in as JSON, typed answers out. On the command line it is `lamina serve RUN`.

Run it: python examples/37_serve.py [steps]
"""

import http.client
import json
import sys
import threading

from sklearn.datasets import load_wine

import lamina as lm
from lamina.serve import Place

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

wine = load_wine(as_frame=True).frame
run = lm.fit(wine, target="target", steps=steps)

server = run.server(Place(port=0))  # a port that is free; run.serve() is the same until Ctrl-C
thread = threading.Thread(target=server.run)
thread.start()
client = http.client.HTTPConnection(server.address.removeprefix("http://"))


def ask(rows: list) -> dict:
    client.request("POST", "/predict", json.dumps({"rows": rows}), {"content-type": "application/json"})
    return json.loads(client.getresponse().read())


row = wine.drop(columns="target").iloc[0].to_dict()
for answer in ask([row, {**row, "alcohol": 99}, {**row, "hue": None}])["answers"]:
    print(answer["value"], answer.get("warnings", []))

row["alcool"] = row.pop("alcohol")
print(ask([row])["error"])

client.close()
server.stop()  # what is under way is finished
thread.join()
