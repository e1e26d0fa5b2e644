"""Write sandbox/azure/schema.json: of Azure's published OpenAPI files, what the emulated Azure serves.

    .venv/bin/python tools/derive_azure_schema.py FOLDER

FOLDER holds `SOURCES.tsv` (repository, commit, one line a file) and `specification/` with the files under their
paths. The rest of this line of words is the format, which sandbox/azure/schema.py reads:

- `operations`: {operationId: {method, path, area, query: {name: type}, headers: [...], body: "area/Definition"}}.
- `definitions`: {area: {name: {member: type}}}, members of allOf merged in.
- A type is a word: string, integer, number, boolean, any; with bounds of value or length (`integer:4..30`);
  `=a|b` a closed list of words, `~a|b` an open one; `@Name` a definition of the same area; `[]T` an array, `{}T` a map.
  In front of it: `!` required, `-` read-only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "sandbox/azure/schema.json"
LICENCE = "The MIT License (MIT), Copyright (c) 2017 Microsoft; the whole text is in schema.LICENSE beside this file."
COMPUTE = "specification/compute/resource-manager/Microsoft.Compute"
NETWORK = "specification/network/resource-manager/Microsoft.Network/stable/2024-05-01"

#: {area: (folder, {file: operations served, as prefixes})}. An area is one api-version.
AREAS: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "compute": (
        f"{COMPUTE}/ComputeRP/stable/2024-07-01",
        {
            "virtualMachine.json": (
                "VirtualMachines_ListByLocation",
                "VirtualMachines_CreateOrUpdate",
                "VirtualMachines_Update",
                "VirtualMachines_Delete",
                "VirtualMachines_Get",
                "VirtualMachines_InstanceView",
                "VirtualMachines_Deallocate",
                "VirtualMachines_List",
                "VirtualMachines_PowerOff",
                "VirtualMachines_Restart",
                "VirtualMachines_Start",
                "VirtualMachines_Redeploy",
                "VirtualMachines_SimulateEviction",
                "VirtualMachineExtensions_List",
            ),
            "computeRPCommon.json": ("Usage_List", "VirtualMachineSizes_List"),
            "virtualMachineImage.json": ("VirtualMachineImages_",),
            "proximityPlacementGroup.json": ("ProximityPlacementGroups_",),
            "capacityReservation.json": ("CapacityReservation",),
            "sshPublicKey.json": ("SshPublicKeys_",),
        },
    ),
    "disk": (
        f"{COMPUTE}/DiskRP/stable/2024-03-02",
        {
            "disk.json": ("Disks_CreateOrUpdate", "Disks_Update", "Disks_Get", "Disks_Delete", "Disks_List"),
            "snapshot.json": (
                "Snapshots_CreateOrUpdate", "Snapshots_Update", "Snapshots_Get", "Snapshots_Delete", "Snapshots_List",
            ),
        },
    ),
    "skus": (f"{COMPUTE}/Skus/stable/2021-07-01", {"skus.json": ("ResourceSkus_List",)}),
    "network": (
        NETWORK,
        {
            "virtualNetwork.json": (
                "VirtualNetworks_Delete",
                "VirtualNetworks_Get",
                "VirtualNetworks_CreateOrUpdate",
                "VirtualNetworks_UpdateTags",
                "VirtualNetworks_List",
                "VirtualNetworks_CheckIPAddressAvailability",
                "Subnets_Delete",
                "Subnets_Get",
                "Subnets_CreateOrUpdate",
                "Subnets_List",
            ),
            "networkInterface.json": (
                "NetworkInterfaces_Delete",
                "NetworkInterfaces_Get",
                "NetworkInterfaces_CreateOrUpdate",
                "NetworkInterfaces_UpdateTags",
                "NetworkInterfaces_List",
            ),
            "networkSecurityGroup.json": ("NetworkSecurityGroups_", "SecurityRules_", "DefaultSecurityRules_"),
            "publicIpAddress.json": (
                "PublicIPAddresses_Delete",
                "PublicIPAddresses_Get",
                "PublicIPAddresses_CreateOrUpdate",
                "PublicIPAddresses_UpdateTags",
                "PublicIPAddresses_List",
            ),
            "applicationSecurityGroup.json": ("ApplicationSecurityGroups_",),
            "usage.json": ("Usages_List",),
        },
    ),
}  # fmt: skip
#: What begins like an operation that is served, and is not.
LEFT_OUT = (
    "VirtualMachines_ListByEdgeZone",
    "VirtualMachineImages_ListByEdgeZone",
    "NetworkInterfaces_ListEffective",
    "NetworkInterfaces_GetEffective",
    "VirtualNetworks_ListDdos",
    "VirtualNetworks_ListUsage",
)
#: A list as long as this one is the sizes of VMs, which the text itself calls outdated: sizes are held against the SKUs.
LONG = 100
METHODS = ("get", "put", "patch", "post", "delete")


class Files:
    """The OpenAPI files, read once each, and the definitions that were asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[Path, Any] = {}
        self.definitions: dict[str, Any] = {}
        self._origin: dict[str, Path] = {}

    def load(self, path: Path) -> Any:
        if path not in self._read:
            self._read[path] = json.loads(path.read_text())
        return self._read[path]

    def follow(self, file: Path, ref: str) -> tuple[Path, str, Any]:
        """The file, the name and the text behind a $ref."""
        where, _, fragment = ref.partition("#/")
        target = (file.parent / where).resolve() if where else file
        section, name = fragment.split("/")
        return target, name, self.load(target)[section][name]

    def define(self, file: Path, ref: str) -> str:
        """`@Name` of a definition, which is taken up with everything it refers to; a word for a simple one."""
        target, name, raw = self.follow(file, ref)
        if not _has_members(raw):
            return self.word(target, raw)
        # The same name in two files of an area, with different members: the file tells them apart.
        if self._origin.get(name, target) != target:
            name = f"{target.stem}.{name}"
        if name not in self._origin:
            self._origin[name] = target
            self.definitions[name] = self.members(target, raw)
        return f"@{name}"

    def members(self, file: Path, raw: Any) -> dict[str, str]:
        """{member: type} of an object, with what it inherits."""
        found: dict[str, str] = {}
        for parent in raw.get("allOf", ()):
            target, _, text = self.follow(file, parent["$ref"])
            found |= self.members(target, text)
        for name, member in raw.get("properties", {}).items():
            # Whether a list of bounds is read-only is said on the member, not on what it refers to.
            required = "!" if name in raw.get("required", ()) else ""
            found[name] = f"{required}{'-' if member.get('readOnly') else ''}{self.word(file, member)}"
        return found

    def word(self, file: Path, raw: Any) -> str:
        """The type of one member."""
        if "$ref" in raw:
            return self.define(file, raw["$ref"])
        if raw.get("allOf") and not raw.get("properties"):
            return self.define(file, raw["allOf"][0]["$ref"])
        kind = raw.get("type")
        if kind == "array":
            return "[]" + self.word(file, raw["items"])
        if kind == "object" and isinstance(raw.get("additionalProperties"), dict):
            return "{}" + self.word(file, raw["additionalProperties"])
        if kind in ("object", None) or raw.get("format") == "file":
            return "any"
        if kind == "string" and raw.get("enum"):
            # An open list may get new words without a new version: only a closed one can be held against a body.
            closed = not raw.get("x-ms-enum", {}).get("modelAsString", False)
            return ("=" if closed else "~") + "|".join(map(str, raw["enum"])) if len(raw["enum"]) < LONG else "string"
        return kind + _bounds(raw)


def _has_members(raw: Any) -> bool:
    return bool(raw.get("properties") or raw.get("allOf"))


def _bounds(raw: Any) -> str:
    low = raw.get("minimum", raw.get("minLength"))
    high = raw.get("maximum", raw.get("maxLength"))
    return "" if low is None and high is None else f":{'' if low is None else low}..{'' if high is None else high}"


def read_operation(
    files: Files, file: Path, path: str, shared: Any, method: str, raw: Any, area: str
) -> dict[str, Any]:
    """One operation as the server wants it."""
    query, headers, body = {}, [], None
    for parameter in [*shared, *raw.get("parameters", ())]:
        if "$ref" in parameter:
            parameter = files.follow(file, parameter["$ref"])[2]
        name = parameter["name"]
        if parameter["in"] == "query" and name != "api-version":
            query[name] = ("!" if parameter.get("required") else "") + files.word(file, parameter)
        elif parameter["in"] == "header":
            headers.append(name)
        elif parameter["in"] == "body":
            body = files.word(file, parameter["schema"]).removeprefix("@")
    operation: dict[str, Any] = {"method": method.upper(), "path": path, "area": area}
    if query:
        operation["query"] = query
    if headers:
        operation["headers"] = headers
    if body:
        operation["body"] = body
    return operation


def read_area(folder: Path, area: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The operations and the definitions of one area."""
    place, wanted = AREAS[area]
    files = Files(folder)
    operations = {}
    for name, prefixes in wanted.items():
        file = (folder / place / name).resolve()
        for path, methods in files.load(file)["paths"].items():
            for method in METHODS:
                raw = methods.get(method)
                if raw and raw["operationId"].startswith(prefixes) and not raw["operationId"].startswith(LEFT_OUT):
                    shared = methods.get("parameters", ())
                    operations[raw["operationId"]] = read_operation(files, file, path, shared, method, raw, area)
    return operations, files.definitions


def derive(folder: Path) -> dict[str, Any]:
    """The whole schema."""
    operations: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for area in AREAS:
        found, definitions[area] = read_area(folder, area)
        operations |= found
    return {
        "source": (folder / "SOURCES.tsv").read_text().splitlines()[0].removeprefix("# repo ").strip(),
        "licence": LICENCE,
        "versions": {area: place.rpartition("/")[2] for area, (place, _) in AREAS.items()},
        "operations": dict(sorted(operations.items())),
        "definitions": {area: dict(sorted(found.items())) for area, found in definitions.items()},
    }


def render(schema: dict[str, Any]) -> str:
    """JSON with one operation and one definition a line, so that a change reads as a change."""

    def lines(table: dict[str, Any], indent: str) -> str:
        return ",\n".join(f"{indent}{json.dumps(name)}: {json.dumps(value)}" for name, value in table.items())

    areas = ",\n".join(
        f" {json.dumps(area)}: {{\n{lines(found, '  ')}\n }}" for area, found in schema["definitions"].items()
    )
    head = lines({key: schema[key] for key in ("source", "licence", "versions")}, "")
    return (
        f'{{\n{head},\n"operations": {{\n{lines(schema["operations"], " ")}\n}},\n"definitions": {{\n{areas}\n}}\n}}\n'
    )


def main() -> int:
    """Write the file."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    folder = Path(sys.argv[1])
    TARGET.write_text(render(derive(folder)))
    (TARGET.parent / "schema.LICENSE").write_text((folder / "LICENSE").read_text())
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
