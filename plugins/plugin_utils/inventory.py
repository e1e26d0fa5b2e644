# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From VMs to Ansible's hosts, host variables and groups, with cache: the same for every cloud.

The ready groups and variables are set directly; only what a user writes as templates goes through Jinja, which costs
several times as much per host as everything else together.
"""

from __future__ import annotations

import contextlib
import difflib
import gc
import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.template import trust_as_template

from ..module_utils.model.error import CloudError
from ..module_utils.model.inventory import InventoryOptions, Listing
from ..module_utils.model.option import options_of, parse
from ..module_utils.model.vm import VmState, in_order, vm_result

Host = tuple[str, dict[str, Any]]

# Names that mean something else to Ansible; a VM of such a name gets its region appended.
RESERVED = ("all", "ungrouped", "localhost", "127.0.0.1", "::1")
# What host patterns and ssh understand otherwise than as a name.
UNSAFE = re.compile(r"[^\w.-]+")
# Variables whose text comes from the cloud or from us, not from a tag that anybody may write, and how such text looks.
# Ansible shows text that is not marked as trusted as {"__ansible_unsafe": …} in the output of ansible-inventory.
CLOUDS_OWN = frozenset(
    f"vm_{key}"
    for key in (
        "id",
        "cloud",
        "region",
        "zone",
        "state",
        "machine_type",
        "gpu_model",
        "public_ip",
        "private_ip",
        "market",
    )
) | {"vm_created_at", "vm_price_date", "ansible_host"}
PLAIN = re.compile(r"[\w.:/-]*")


class VmInventory(BaseInventoryPlugin, Constructable, Cacheable):
    """The base of the inventory plugins; they say which options there are and how VMs are found."""

    OPTIONS: ClassVar[type]
    FILES: ClassVar[tuple[str, ...]]
    find: ClassVar[Callable[[Any], Listing]]

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(self.FILES)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._refuse_unknown(self._read_config_data(path))
        try:
            options = self._read_options()
            with without_collector():
                hosts = self._hosts(options, path, cache)
                self._add(hosts)
        except CloudError as error:
            raise AnsibleParserError(str(error)) from None
        self._construct(hosts)

    def _refuse_unknown(self, config: Mapping[str, Any]) -> None:
        known = self.get_options()
        for word in config:
            if word not in known:
                near = difflib.get_close_matches(str(word), known, n=3) or sorted(known)
                raise AnsibleParserError(f"option '{word}' does not exist; accepted are: {', '.join(near)}")

    def _read_options(self) -> Any:
        """Our own options, with templates such as lookups of the environment resolved."""
        written = {name: self.get_option(name) for name, _declared in options_of(self.OPTIONS)}
        values = {name: self.templar.template(value) for name, value in written.items()}
        return parse(self.OPTIONS, values).verified()

    def _hosts(self, options: Any, path: str, cache: bool) -> list[Host]:
        """From the cache if it was filled for the same question, else from the cloud."""
        caching = self.get_option("cache")
        key, asked = self.get_cache_key(path), question(options)
        if caching and cache:
            kept = self.cache.get(key) or {}
            if kept.get("asked") == asked:
                return list(map(tuple, json.loads(kept["hosts"])))
        listing = type(self).find(options)
        for region, error in listing.failed.items():
            self.display.warning(f"The inventory lacks the hosts of {region}: {error.detail}")
        hosts = list(hosts_of(listing, options))
        if caching and not listing.failed:
            # One text, because Ansible's own reading of nested values would take longer than asking the cloud.
            self.cache[key] = {"asked": asked, "hosts": json.dumps(hosts)}
        return hosts

    def _add(self, hosts: Iterable[Host]) -> None:
        members: dict[str, list[str]] = defaultdict(list)
        for name, variables in hosts:
            self.inventory.add_host(name)
            host = self.inventory.hosts[name]
            for variable, value in variables.items():
                host.set_variable(variable, plain(value) if variable in CLOUDS_OWN else value)
            for group in groups_of(variables):
                members[group].append(name)
        for raw_group, names in members.items():
            group = self.inventory.add_group(self._sanitize_group_name(raw_group))
            for name in names:
                self.inventory.add_host(name, group)

    def _construct(self, hosts: Iterable[Host]) -> None:
        """Ansible's constructed features, for those who use them."""
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        if not (compose or groups or keyed):
            return
        strict = self.get_option("strict")
        for name, variables in hosts:
            self._set_composite_vars(compose, variables, name, strict=strict)
            self._add_host_to_composed_groups(groups, variables, name, strict=strict)
            self._add_host_to_keyed_groups(keyed, variables, name, strict=strict)


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Pause Python's cycle collector, which would walk the parsed answers again and again: half of the time to read them.

    There are no cycles in them, so nothing stays behind.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@lru_cache(maxsize=4096)
def plain(value: str | None) -> str | None:
    """Marked as trusted where it cannot hold a template: no character of it could begin one."""
    return trust_as_template(value) if value and PLAIN.fullmatch(value) else value


def question(options: Any) -> str:
    """A digest of everything that decides the answer."""
    around = {name: os.environ.get(name) for name in options.ENVIRONMENT}
    return hashlib.sha256(json.dumps([repr(options), around]).encode()).hexdigest()


def hosts_of(listing: Listing, options: InventoryOptions) -> Iterator[Host]:
    """Name and variables of every host that is to be listed, by fleet and index."""
    names = host_names(listing.vms)
    for vm in in_order(listing.vms):
        if vm.state in options.include_states:
            yield names[vm.region, vm.id], host_variables(vm, options.connect_with, not listing.failed)


def host_names(vms: Iterable[VmState]) -> dict[tuple[str, str], str]:
    """The host name of each VM, by region and id.

    It is the VM's name. Of several with one name the collection's own comes first, then the oldest; each other gets its
    region appended, or its id where that is taken too. So neither a stop nor a newcomer renames anybody.
    """
    names: dict[tuple[str, str], str] = {}
    taken = set(RESERVED)
    for vm in sorted(vms, key=lambda vm: (not vm.owned, vm.created_at or "", vm.region, vm.id)):
        plain = UNSAFE.sub("-", vm.name).strip("-.") or vm.id
        candidates = (plain, f"{plain}.{vm.region}", f"{plain}.{vm.id}", f"{plain}.{vm.region}.{vm.id}")
        names[vm.region, vm.id] = name = next(name for name in candidates if name not in taken)
        taken.add(name)
    return names


def host_variables(vm: VmState, connect_with: str, complete: bool) -> dict[str, Any]:
    """The keys of a module's result with the prefix vm_, and how to connect."""
    variables = {f"vm_{key}": value for key, value in vm_result(vm).items()}
    variables["vm_inventory_complete"] = complete
    public, private = vm.public_ip_address, vm.private_ip
    address = {"public": public, "private": private, "auto": public or private}[connect_with]
    if address:
        variables["ansible_host"] = address
    if vm.ssh_user:
        variables["ansible_user"] = vm.ssh_user
    return variables


def groups_of(variables: Mapping[str, Any]) -> Iterator[str]:
    """The ready groups, not yet in the form that Ansible accepts."""
    yield f"cloud_{variables['vm_cloud']}"
    yield f"region_{variables['vm_region']}"
    if variables["vm_fleet"]:
        yield f"fleet_{variables['vm_fleet']}"
    if variables["vm_gpu_model"]:
        yield f"gpu_{variables['vm_gpu_model']}"
