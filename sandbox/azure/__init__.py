"""An emulated Azure Resource Manager: a server of ours that holds requests against Azure's published OpenAPI files."""
