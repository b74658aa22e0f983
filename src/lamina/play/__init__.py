"""Playing: episodes side by side, what is remembered of them, trees that look ahead, and rivals to play against."""
