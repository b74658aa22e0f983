"""What can be played: environments of gymnasium, and games by the rules of open_spiel."""

from .environment import Environment
from .naming import spoken
from .rules import Rules, open_spiel
from .solve import name_of, solved

__all__ = ["Environment", "Rules", "name_of", "open_spiel", "solved", "spoken"]
