"""aienv-updates: what the role os_updates installs. `aienv-updates --help` says what it does."""
