"""What a host refuses about one file, or one place about all: it delays nothing else, and is raised at the end."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, SettingsError

log = logging.getLogger(__name__)


@dataclass
class HostTroubles:
    """The refusals of one recipient's host, in the order in which they came."""

    found: list[DeliveryRefused | DeliveryTransient | SettingsError] = field(default_factory=list)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Put a refusal aside, so that what follows is done all the same."""
        try:
            yield
        except (DeliveryRefused, DeliveryTransient, SettingsError) as error:
            log.warning("put aside until the rest is done: %s", error)
            self.found.append(error)

    def raise_first(self) -> None:
        """Raises the first refusal, if there is one: the others may follow from it."""
        if self.found:
            raise self.found[0]
