"""Raw row to typed answer."""

from .bands import Bands, bands_from_json, fit_bands
from .predictor import Answer, Outputs, Predictor, as_mapping, as_picture

__all__ = ["Answer", "Bands", "Outputs", "Predictor", "as_mapping", "as_picture", "bands_from_json", "fit_bands"]
