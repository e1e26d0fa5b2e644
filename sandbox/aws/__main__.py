"""`python -m sandbox.aws --port P --state DIR`: serve the emulated AWS on loopback until ended."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sandbox.aws import images
from sandbox.server.listen import Server, read_command_line, serve

# MOTO_ENABLE_KEYPAIR_VALIDATION is left off: it also refuses a launch that names no key pair at all.
# The front checks the key pair itself.
STRICT = ("MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION", "MOTO_ENABLE_AMI_VALIDATION")


def prepare(state: Path) -> None:
    """Set moto's switches; moto reads them once, at its import, so this comes first."""
    for switch in STRICT:
        os.environ[switch] = "true"
    os.environ["MOTO_AMIS_PATH"] = str(images.write(state / "aws" / "amis.json"))
    # moto calls boto3 itself in a few places, and must never find a person's real credentials.
    os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "sandbox"
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def main(argv: list[str] | None = None) -> int:
    """Parse the command line and serve."""
    place = read_command_line("aws", 4566, argv)
    prepare(place.state)

    from sandbox.aws.front import Aws  # imports moto: only now

    return serve("aws", Server(place.port, Aws()))


if __name__ == "__main__":
    sys.exit(main())
