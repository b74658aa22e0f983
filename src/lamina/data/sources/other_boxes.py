"""Pictures with boxes in forms that are not read, COCO's and YOLO's: known for what they are, and refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...errors import SourceError
from ...findings import printable

LOOKED = 100  # files that are looked into, at most
FROM_CORNER = "xmin = x + 1, ymin = y + 1, xmax = x + width, ymax = y + height"
FROM_MIDDLE = "xmin = (x - w / 2) * width + 1, xmax = (x + w / 2) * width, and ymin and ymax alike"


def refuse_boxes(called: str, names: Sequence[str], read: Callable[[str], bytes]) -> None:
    """Raise SourceError for a folder of such boxes by the names in it: those of its folders are no classes."""
    notes = [name for name in names if name.lower().endswith(".json")]
    labels = [name for name in names if name.endswith(".txt") and "labels" in name.lower().split("/")[:-1]]
    for form, held, is_such, how in (("COCO", notes, _is_coco, FROM_CORNER), ("YOLO", labels, _is_yolo, FROM_MIDDLE)):
        first = next((name for name in held[:LOOKED] if is_such(read(name))), "")
        if first:
            raise SourceError(
                f"{printable(called)} holds boxes as {form} has them, in {printable(first)}, which are not read",
                expected="boxes as Pascal VOC has them: an XML file for each picture",
                fix=f"write one for each, with {how}; to learn from the pictures alone, name the folder they lie in",
            )


def _is_coco(data: bytes) -> bool:
    return all(word in data for word in (b'"images"', b'"annotations"', b'"bbox"'))


def _is_yolo(data: bytes) -> bool:
    """Whether each line is a class by its number and four shares of the picture, or more."""
    rows = [line.split() for line in data.decode("ascii", "replace").splitlines() if line.strip()]
    try:
        return bool(rows) and all(
            len(row) > 4 and row[0].isdigit() and all(0 <= float(share) <= 1 for share in row[1:]) for row in rows
        )
    except ValueError:
        return False
