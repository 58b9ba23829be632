"""The figures of a run: what checks judge and reports show."""

from labctl.figures.run import (
    ContainerFigures,
    DriveFigures,
    FirstRefusal,
    GapFigures,
    LogMatches,
    Prediction,
    Refusals,
    Summary,
    to_document,
)

__all__ = [
    "ContainerFigures", "DriveFigures", "FirstRefusal", "GapFigures", "LogMatches", "Prediction",
    "Refusals", "Summary", "to_document",
]  # fmt: skip
