"""How dreamnet was made: a small network learns to see what GoogLeNet sees.

    python -m dream.training --data FOLDER --teacher FILE --out FOLDER --minutes 60 [--resume]

Three stages, in `course.py`:

1. `stem.py`: the first two convolutions learn to say what the teacher's say.
2. `fit.py`: one block after another is fitted by linear regression, in seconds.
3. `distil.py`: all of it is trained together, on pictures and on what it dreams of them.

It is measured by how much of the teacher's activation it explains on pictures it never saw
(`measure.py`), looked at as it dreams (`sheet.py`), and judged by other networks (`judge.py`).
"""
