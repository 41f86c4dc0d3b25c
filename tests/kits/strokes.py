"""Strokes of a pen, from the pixels of a digit: thinned to lines of one pixel, and these walked from end to end."""

import numpy as np

AROUND = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]  # clockwise from above


def strokes_of(image):
    """Polylines of (x, y) in units of the image's side, from uint8 [28, 28] with 255 as ink."""
    left = {(int(y), int(x)) for y, x in np.argwhere(thinned(image > 100))}
    strokes = []
    while left:
        ends = [point for point in left if len(neighbours(point, left)) == 1]
        at = min(ends or left)
        left.remove(at)
        stroke = [at]
        while near := neighbours(at, left):
            at = near[0]
            left.remove(at)
            stroke.append(at)
        strokes.append(stroke)
    side = len(image)
    long_enough = [stroke for stroke in strokes if len(stroke) > 1] or strokes
    sparse = [[*stroke[:-1:2], stroke[-1]] for stroke in long_enough]
    return [[((x + 0.5) / side, (y + 0.5) / side) for y, x in stroke] for stroke in sparse]


def neighbours(point, among):
    """Those next to a point, beside before across, so that a walk cuts no corner."""
    y, x = point
    around = [(y + dy, x + dx) for dy, dx in AROUND[::2] + AROUND[1::2]]
    return [each for each in around if each in among]


def thinned(ink):
    """T. Y. Zhang, C. Y. Suen, A fast parallel algorithm for thinning digital patterns, CACM 27 (1984)."""
    ink = np.pad(ink, 1).astype(np.uint8)
    while True:
        before = ink.copy()
        for first in (True, False):
            p = [np.roll(ink, (-dy, -dx), (0, 1)) for dy, dx in AROUND]
            count = sum(p)
            turns = sum((p[i] == 0) & (p[(i + 1) % 8] == 1) for i in range(8))
            north, east, south, west = p[0], p[2], p[4], p[6]
            a, b = (north * east * south, east * south * west) if first else (north * east * west, north * south * west)
            ink = ink * ~((ink == 1) & (count >= 2) & (count <= 6) & (turns == 1) & (a == 0) & (b == 0))
        if np.array_equal(before, ink):
            return ink[1:-1, 1:-1] == 1
