"""Raw row to typed answer."""

from .predictor import Answer, Outputs, Predictor, as_mapping

__all__ = ["Answer", "Outputs", "Predictor", "as_mapping"]
