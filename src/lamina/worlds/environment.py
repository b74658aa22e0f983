"""An environment of gymnasium, as far as it is known here: numbered actions, and a row of numbers that is seen."""

from __future__ import annotations

import warnings
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SourceError
from ..extras import extra
from .naming import spoken

LONGEST = 1000  # steps, of an environment that sets itself no end
Seen = NDArray[np.float32]


class Environment:
    """One environment, begun from a seed and moved by actions 0 to `actions` - 1.

    What is seen is one row of `width` numbers, whatever the environment calls it (gymnasium's own flattening: a place
    in a list becomes ones and zeros). An episode is cut after `longest` steps. Raises ExtraError where gymnasium is not
    installed, SourceError for a name that it does not know, or an environment without numbered actions.
    """

    def __init__(self, name: str):
        gymnasium = gymnasium_library()
        called, settings = spoken(name)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that there is a newer version is no fault of the user's
                self._world = gymnasium.make(called, **settings)
        except (gymnasium.error.Error, TypeError, ValueError, ImportError) as error:
            near = [] if called in gymnasium.registry else get_close_matches(called, list(gymnasium.registry), n=1)
            raise SourceError(
                f'gymnasium makes no environment "{name}": {str(error).splitlines()[0]}',
                expected=f"did you mean gym:{near[0]}?"
                if near
                else "one that it has, with all that it needs: CartPole-v1",
            ) from None
        space = self._world.action_space
        if not isinstance(space, gymnasium.spaces.Discrete):
            raise SourceError(
                f"the actions of {name} are {space}",
                expected="an environment with numbered actions (Discrete)",
            )
        self._space, self._flatten = self._world.observation_space, gymnasium.spaces.utils.flatten
        try:
            self.width = int(gymnasium.spaces.utils.flatdim(self._space))
        except (NotImplementedError, ValueError):
            raise SourceError(
                f"what is seen in {name} is {self._space}", expected="numbers, so many each time"
            ) from None
        self.name, self.actions, self._first = name, int(space.n), int(space.start)
        limit = self._world.spec.max_episode_steps if self._world.spec else None
        self.longest = int(limit or LONGEST)
        self._steps = 0

    def begin(self, seed: int) -> Seen:
        """Begin anew; the same for the same seed. What is seen, (N,)."""
        self._steps = 0
        seen, _ = self._world.reset(seed=seed)
        return self._flat(seen)

    def act(self, action: int) -> tuple[Seen, float, bool, bool]:
        """What is seen next (N,), the reward, and whether the episode is over for good, or only cut for its length."""
        seen, reward, over, cut, _ = self._world.step(action + self._first)
        self._steps += 1
        return self._flat(seen), float(reward), bool(over), bool(cut) or self._steps >= self.longest

    def _flat(self, seen: Any) -> Seen:
        return np.asarray(self._flatten(self._space, seen), np.float32).reshape(-1)


def gymnasium_library() -> Any:
    """The library. Raises ExtraError where it is not installed."""
    with extra("gymnasium", "environments are begun"):
        import gymnasium
    return gymnasium
