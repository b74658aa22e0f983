"""Figures anyone can print again: `python -m bench [start | step | targets | peers]`."""
