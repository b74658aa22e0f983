"""One of each: every kind of data and every kind of game, by one command, with the figure it should reach.

`python -m bench.each [ROW …]`. A file a row; each has `ROW`. Needs the data folder (LAMINA_DATA).
"""
