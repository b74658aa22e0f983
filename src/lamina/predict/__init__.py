"""Raw row to typed answer."""

from .answer import Answer, as_mapping, as_picture
from .bands import Bands, bands_from_json, fit_bands
from .predictor import Outputs, Predictor

__all__ = ["Answer", "Bands", "Outputs", "Predictor", "as_mapping", "as_picture", "bands_from_json", "fit_bands"]
