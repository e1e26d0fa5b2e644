"""The lookup is the module in an expression: a playbook holds one against the other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  vars:
    plugin: aienv.cloud.vm_offers
  tasks:
    - aienv.cloud.vm_offers: {gpu_models: [l4], clouds: [gcp, aws], gpu_count: 1, market: spot, limit: 3, count: 2}
      register: asked
    - ansible.builtin.assert:
        that:
          - not asked.changed
          - asked.offers | length == 3
          - asked.offers == query(plugin, 'l4', clouds=['gcp', 'aws'], gpu_count='1', market='spot', limit=3, count=2)
          - asked.offers == query(plugin, gpu_models=['l4'], clouds=['gcp', 'aws'], gpu_count=1, market='spot', limit=3, count=2)
          - query(plugin, 't4', gpu_models=['l4'], limit=0) | map(attribute='gpu_model') | unique | sort == ['l4', 't4']
          - query(plugin, ['l4', 't4'], limit=0) == query(plugin, 'l4', 't4', limit=0)
          - query(plugin, gpu_models='l4') == query(plugin, 'l4')
          - query(plugin, 't4', gpu_models='l4', limit=0) == query(plugin, 't4', 'l4', limit=0)
          - query(plugin) | length == 20
          - query(plugin, model_parameters_b=70, limit=0, precision='fp8') | map(attribute='gpu_memory_total_gb') | min >= 80
    - ansible.builtin.set_fact:
        never: "{{ query(plugin, 'l5') }}"
"""
SENTENCE = "option 'gpu_models' cannot be 'l5': known models: "


def test_lookup_and_module_give_the_same(tmp_path: Path) -> None:
    playbook = tmp_path / "play.yml"
    playbook.write_text(PLAYBOOK)
    program = Path(sys.executable).parent / "ansible-playbook"
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(
        [program, playbook], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert "All assertions passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 2
    assert SENTENCE in done.stdout + done.stderr
