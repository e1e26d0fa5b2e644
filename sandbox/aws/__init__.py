"""The emulated AWS of the sandbox: unmodified moto behind a front that owns what moto lacks."""
