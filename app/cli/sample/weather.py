"""The invented city's weather: a temperature for every hour of every day, and the warning that follows from it."""

import math
from datetime import date
from random import Random

_MEAN = (1, 3, 9, 16, 22, 27, 29, 28, 23, 17, 10, 3)
"""°C by month, of a city with four seasons."""


def temperature(day: date, hour: int, seed: int = 0) -> int:
    """°C; the same day is as warm for everybody."""
    mood = Random(day.toordinal() * 31 + seed).gauss(0, 3.2)  # noqa: S311
    month, next_month = _MEAN[day.month - 1], _MEAN[day.month % 12]
    mean = month + (next_month - month) * (day.day - 1) / 31
    return round(mean + mood + 5 * math.sin((hour - 9) / 24 * 2 * math.pi))


def warning(celsius: int) -> str:
    """The WEATHER of that temperature."""
    steps = ((40, "HEAT_R"), (37, "HEAT_O"), (35, "HEAT_Y"))
    hot = next((code for least, code in steps if celsius >= least), None)
    if hot is not None:
        return hot
    colder = ((-10, "COLD_R"), (-7, "COLD_O"), (-4, "COLD_Y"), (-1, "COLD_B"))
    return next((code for most, code in colder if celsius <= most), "NORMAL")


def season(day: date) -> str:
    """The SEASON whose goods are given out on that day."""
    mean = _MEAN[day.month - 1]
    return "SUMMER" if mean >= 25 else "WINTER" if mean <= 12 else "SPRING_AUTUMN"
