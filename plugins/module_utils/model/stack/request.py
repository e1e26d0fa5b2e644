# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stack is asked for: the facts of a machine and the user's wishes. Each option is declared here, once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from ..error import InvalidOption
from ..option import option
from . import driver_table as drivers
from .machine import Machine, boards, has_nvswitch, known_architecture, known_system

FRAMEWORKS = ("torch", "tensorflow", "jax")
SOURCES = ("nvidia", "distribution", "runfile", "none")
TOOLKIT_SOURCES = ("nvidia", "distribution", "pypi")
FLAVOURS = ("open", "proprietary", "grid")
CLOUDS = ("aws", "gcp", "azure", "none")
# Wishes that are versions, and what they look like. A number loses its last zero (3.10), so each must be text.
VERSIONS = {
    "framework_version": r"\d+(\.\d+){1,3}",
    "cuda_version": r"\d+\.\d+",
    "python_version": r"3\.(9|\d\d)",
    "driver_branch": r"\d{3}",
    "driver_version": r"\d{3}(\.\d+){1,2}",
}


@dataclass(frozen=True)
class Request:
    """Facts first, then wishes. A wish that is unset leaves the choice to the resolver."""

    gpus: tuple[str, ...] = option(type="list", elements="str", default=[])
    os: str = option(required=True)
    architecture: str = option(default="x86_64")
    kernel: tuple[str, ...] | None = option(type="list", elements="str")
    secure_boot: bool = option(type="bool", default=False)
    secure_boot_key_enrolled: bool = option(type="bool", default=False)
    cloud: str = option(choices=CLOUDS, default="none")
    nvswitch: bool | None = option(type="bool")
    framework: str | None = option(choices=FRAMEWORKS)
    framework_version: str | None = option()
    framework_build: str | None = option()
    cuda_version: str | None = option()
    cuda_source: str | None = option(choices=TOOLKIT_SOURCES)
    python_version: str | None = option()
    driver_source: str | None = option(choices=SOURCES)
    driver_branch: str | None = option()
    driver_version: str | None = option()
    driver_flavour: str | None = option(choices=FLAVOURS)
    driver_build_anyway: bool = option(type="bool", default=False)
    allow_cpu: bool = option(type="bool", default=False)

    def verified(self) -> Self:
        """Check the form. Raises InvalidOption."""
        for name, form in VERSIONS.items():
            value = getattr(self, name)
            if value is not None and not re.fullmatch(form, str(value)):
                raise InvalidOption(name, value, "a version is expected, as text, like '2.15', '3.10', '13.0' or '580'")
        for name in ("framework_version", "framework_build"):
            if getattr(self, name) is not None and self.framework is None:
                raise InvalidOption(
                    name, getattr(self, name), f"framework is expected beside it: {', '.join(FRAMEWORKS)}"
                )
        if self.driver_version is not None and self.driver_source != "none":
            raise InvalidOption(
                "driver_version", self.driver_version, "it says what is there already: driver_source is none beside it"
            )
        self.machine()
        return self

    def machine(self) -> Machine:
        """The machine that the facts describe. Raises InvalidOption."""
        found, switch = boards(self.gpus)
        system = known_system(self.os)
        return Machine(
            gpus=tuple(board.gpu for board in found),
            nvswitch=has_nvswitch(found, switch, self.nvswitch),
            system=system,
            architecture=known_architecture(self.architecture),
            kernels=self.kernel or (system.kernel,),
            secure_boot=self.secure_boot,
            key_enrolled=self.secure_boot_key_enrolled,
            cloud=self.cloud,
        )

    @property
    def cuda_floor(self) -> str:
        """The least driver of the CUDA version that is wished; empty if none is."""
        return drivers.LEAST_DRIVER_OF_CUDA.get(int(self.cuda_version.split(".")[0]), "") if self.cuda_version else ""
