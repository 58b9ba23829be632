"""The figures of a run: what checks judge and reports show."""

from labctl.figures.run import (
    AUDIT,
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
    "AUDIT", "ContainerFigures", "DriveFigures", "FirstRefusal", "GapFigures", "LogMatches",
    "Prediction", "Refusals", "Summary", "to_document",
]  # fmt: skip
