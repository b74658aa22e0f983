"""Pictures that are looked at together."""

from PIL import Image

from lamina.evaluate.beside import GAP, SHARP, beside


def test_pictures_stand_in_a_row_or_a_column_on_white():
    large, small = Image.new("RGB", (100, 60), "red"), Image.new("L", (40, 100), 0)
    row = beside([large, small])
    assert (row.mode, row.size) == ("RGB", (140 + GAP, 100))
    assert [row.getpixel(at) for at in ((0, 0), (0, 99), (100 + GAP, 99))] == [(255, 0, 0), (255, 255, 255), (0, 0, 0)]
    assert beside([large, small], down=True).size == (100, 160 + GAP)


def test_small_pictures_are_enlarged_by_whole_pixels():
    tiny = Image.new("L", (2, 1))
    tiny.putpixel((1, 0), 255)
    made = beside([tiny])
    assert made.size == (SHARP, SHARP // 2)
    assert sorted(value for _, value in made.getcolors() or []) == [0, 255]
