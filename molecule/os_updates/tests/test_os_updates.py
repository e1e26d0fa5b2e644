"""What updates have to stand, with real apt: other people's locks, interruptions, kernels for which no module builds.

Run by verify.yml, one process for each machine: pytest --hosts=docker://MACHINE. In this order: each goes on from the last.
"""

from __future__ import annotations

import json
import time

import pytest

RESTARTED = "/run/restarted"
DRIVER = "nvidia-kernel-dkms libcuda1 libnvidia-ml1 nvidia-fabricmanager"
KERNEL = "6.99.0-{}-aienv"


def run(host, job="run"):
    """Run a job's unit; (exit status, report or sentence)."""
    host.run(f"rm -f {RESTARTED}")
    done = host.run(f"aienv-updates start {job}")
    return done.rc, json.loads(done.stdout) if done.rc == 0 else done.stderr.strip()


def status(host):
    """What Ansible sees as ansible_local.aienv_updates."""
    return json.loads(host.check_output("/etc/ansible/facts.d/aienv_updates.fact"))


def version(host, name):
    done = host.run(f"dpkg-query -W -f '${{Version}} ${{db:Status-Status}}' {name}")
    return done.stdout.removesuffix(" installed") if done.stdout.endswith(" installed") else ""


def drivers(host):
    return {version(host, name) for name in DRIVER.split()}


def is_whole(host):
    return not host.check_output("dpkg --audit")


@pytest.fixture
def settings(host):
    """A function that sets words of the program's settings; they are as before afterwards."""
    path = "/etc/aienv-updates/config.json"
    before = host.file(path).content_string

    def change(**words):
        text = json.dumps({**json.loads(before), **words})
        host.check_output(f"cat > {path} <<'EOF'\n{text}\nEOF")

    yield change
    host.check_output(f"cat > {path} <<'EOF'\n{before.strip()}\nEOF")


def test_a_run_installs_what_the_allowed_origin_has_and_nothing_else(host):
    forecast = json.loads(host.check_output("aienv-updates forecast"))
    code, news = run(host)
    assert code == 0, news
    assert [step["name"] for step in news["upgraded"]] == forecast["upgrades"] == ["aienv-secure"]
    assert news["upgraded"][0] == {"name": "aienv-secure", "old": "1.0", "new": "2.0"}
    assert version(host, "aienv-plain") == version(host, "aienv-excluded") == "1.0"
    assert status(host)["needs_reboot"] is False
    assert not host.file(RESTARTED).exists


def test_a_second_run_has_nothing_to_do(host):
    code, news = run(host)
    assert (code, news["upgraded"]) == (0, [])


def test_the_timer_opens_the_window_with_a_random_delay(host):
    shown = host.check_output(
        "systemctl show aienv-updates.timer -p TimersCalendar -p RandomizedDelayUSec -p Persistent"
    )
    assert "OnCalendar=*-*-* 00:00:00" in shown
    assert "RandomizedDelayUSec=5min" in shown
    assert "Persistent=yes" in shown
    # One updater: the distribution's own timer reads lists only.
    assert 'APT::Periodic::Unattended-Upgrade "0";' in host.check_output("apt-config dump")


def test_somebody_s_lock_is_waited_for_and_named(host):
    host.check_output("/root/publish security aienv-secure 3.0 </dev/null && systemd-run --quiet /root/lock 4")
    time.sleep(0.5)
    code, news = run(host)
    assert code == 0, news
    assert news["waited_for"][0].startswith("lock (process ")
    assert news["waited_for"][0].endswith("holds /var/lib/dpkg/lock-frontend")
    assert version(host, "aienv-secure") == "3.0"


def test_a_lock_that_does_not_end_is_a_sentence_and_a_red_unit(host):
    host.check_output(
        "/root/publish security aienv-secure 4.0 </dev/null && systemd-run --quiet --unit hold /root/lock 60"
    )
    time.sleep(0.5)
    code, said = run(host)
    host.check_output("systemctl stop hold")
    assert code == 1
    assert (
        "holds /var/lib/dpkg/lock-frontend, still after 8 seconds (os_updates_lock_seconds); nothing was changed"
        in said
    )
    assert host.run("systemctl is-failed --quiet aienv-updates-run.service").rc == 0
    assert version(host, "aienv-secure") == "3.0"
    assert status(host)["jobs"]["run"]["error"] == said


@pytest.mark.parametrize("job", ["run", "full"])
def test_nothing_is_updated_while_a_backup_runs(host, job):
    host.check_output("systemd-run --quiet --unit aienv-backup-main-backup sleep 60")
    code, said = run(host, job)
    host.check_output("systemctl stop aienv-backup-main-backup")
    assert code == 1
    assert said.startswith("a backup runs (aienv-backup-main-backup.service), still after 8 seconds")
    assert version(host, "aienv-secure") == "3.0"


def test_an_interrupted_installation_is_finished_first(host):
    host.check_output(
        "apt-get -qq update && cd /tmp && apt-get -qq download aienv-secure && dpkg --unpack aienv-secure_4.0_all.deb"
    )
    assert not is_whole(host)
    code, news = run(host)
    assert code == 0, news
    assert news["mended"] == ["finished an installation that was interrupted"]
    assert version(host, "aienv-secure") == "4.0"
    assert is_whole(host)


def test_what_cannot_be_mended_is_told(host):
    host.check_output(
        "mkdir -p /tmp/p/DEBIAN && printf '#!/bin/sh\\nexit 1\\n' > /tmp/p/DEBIAN/postinst && chmod 755 /tmp/p/DEBIAN/postinst"
        " && tar -C /tmp/p -c . | /root/publish plain aienv-broken 1.0 && dpkg --unpack /srv/plain/aienv-broken_1.0_all.deb"
    )
    code, said = run(host)
    assert code == 1
    assert "aienv-broken" in said
    host.check_output("dpkg --purge aienv-broken && rm /srv/plain/aienv-broken_1.0_all.deb")
    assert run(host)[0] == 0


def test_unattended_upgrades_by_hand_leave_kernel_and_driver_alone(host):
    host.check_output("/root/kernel 51 && apt-get -qq update && unattended-upgrade -v")
    assert version(host, "linux-image-aienv") == "6.99.50"


def test_a_kernel_for_which_the_module_builds_comes_and_asks_for_a_restart(host):
    forecast = json.loads(host.check_output("aienv-updates forecast"))
    assert forecast["together"] == ["linux-image-aienv"]
    code, news = run(host)
    assert (code, news["held_back"]) == (0, ""), news
    assert version(host, "linux-image-aienv") == "6.99.51"
    assert host.file(f"/lib/modules/{KERNEL.format(51)}/updates/nvidia.ko").content_string == "900.10\n"
    reasons = status(host)["reboot_reasons"]
    assert [reason.split(",")[0] for reason in reasons] == [f"the kernel {KERNEL.format(51)} is installed"]
    assert news["restart"]["scheduled"] is True
    assert host.file(RESTARTED).exists


@pytest.mark.parametrize(
    ("words", "blocked"),
    [
        ({"reboot": "never"}, "os_updates_reboot is never"),
        ({"window": {"days": [], "start": "00:00", "minutes": 0}}, "it waits for the window"),
    ],
)
def test_the_policy_keeps_a_restart_back(host, settings, words, blocked):
    settings(**words)
    code, news = run(host)
    assert (code, news["restart"]["blocked_by"], news["restart"]["scheduled"]) == (0, blocked, False)
    assert not host.file(RESTARTED).exists


def test_who_keeps_the_machine_awake_keeps_a_restart_back(host):
    lease = "/var/lib/aienv-idle-stop/leases/0.json"
    host.check_output(f"mkdir -p $(dirname {lease}) && echo '{{\"until\": {time.time() + 600}}}' > {lease}")
    news = run(host)[1]
    host.check_output(f"rm {lease}")
    assert news["restart"]["blocked_by"] == "somebody asked to keep it awake (keep-awake)"
    assert run(host)[1]["restart"]["scheduled"] is True


def test_a_kernel_for_which_no_module_builds_is_put_back_and_held(host):
    host.check_output("/root/kernel 52")
    code, news = run(host)
    assert code == 0, news
    # The compiler's line, not what DKMS and apt say around it.
    assert news["held_back"] == f"{KERNEL.format(52)}: no module: implicit declaration of pci_resize."
    assert version(host, "linux-image-aienv") == "6.99.51"
    assert not host.file(f"/boot/vmlinuz-{KERNEL.format(52)}").exists
    assert is_whole(host)
    assert status(host)["holds"] == {"linux-image-aienv": news["held_back"]}
    assert host.check_output("apt-mark showhold") == "linux-image-aienv"


def test_what_failed_is_not_tried_every_night(host):
    builds = host.file("/var/log/builds").content_string
    code, news = run(host)
    assert (code, "pci_resize" in news["held_back"]) == (0, True)
    assert host.file("/var/log/builds").content_string == builds


def test_a_driver_of_which_a_part_is_missing_moves_not_at_all(host):
    host.check_output('/root/driver 900.20 "nvidia-kernel-dkms libcuda1 libnvidia-ml1" "50 51 52"')
    code, news = run(host)
    assert code == 0
    assert "torn into 900.10 and 900.20: there is nothing newer yet for nvidia-fabricmanager" in news["held_back"]
    assert drivers(host) == {"900.10-1"}


def test_a_driver_moves_only_with_a_restart(host, settings):
    host.check_output('/root/driver 900.20 "nvidia-fabricmanager"')
    settings(reboot="never")
    code, news = run(host)
    assert (code, news["held_back"]) == (0, "the NVIDIA driver moves only with a restart: os_updates_reboot is never")
    assert drivers(host) == {"900.10-1"}


def test_kernel_and_driver_move_together(host):
    code, news = run(host)
    assert (code, news["held_back"]) == (0, ""), news
    assert drivers(host) == {"900.20-1"}
    assert version(host, "linux-image-aienv") == "6.99.52"
    assert host.file(f"/lib/modules/{KERNEL.format(52)}/updates/nvidia.ko").content_string == "900.20\n"
    assert status(host)["holds"] == {}
    assert host.check_output("apt-mark showhold") == ""


def test_a_move_that_is_killed_is_put_back_and_done_again(host):
    host.check_output(f'/root/kernel 53 && /root/driver 900.30 "{DRIVER}" "50 51 52 53"')
    # Dies in the middle: a build that never ends, everything killed.
    host.check_output(
        "cp -p /usr/local/sbin/module /root/module && printf '#!/bin/sh\\nsleep 300\\n' > /usr/local/sbin/module"
    )
    host.check_output("systemctl start --no-block aienv-updates-run.service")
    for _ in range(120):
        if host.run("pgrep -x sleep").rc == 0 and host.file("/var/lib/aienv-updates/move.json").exists:
            break
        time.sleep(0.5)
    assert not is_whole(host)
    host.check_output("systemctl kill --signal=KILL aienv-updates-run.service; sleep 1")
    host.check_output("cp -p /root/module /usr/local/sbin/module")
    assert host.file("/var/lib/aienv-updates/move.json").exists
    code, news = run(host)
    assert (code, news["held_back"]) == (0, ""), news
    assert is_whole(host)
    assert drivers(host) == {"900.30-1"}
    assert version(host, "linux-image-aienv") == "6.99.53"
    assert not host.file("/var/lib/aienv-updates/move.json").exists


def test_what_somebody_holds_is_left_to_them(host):
    host.check_output("apt-mark hold libcuda1 && /root/kernel 54")
    code, news = run(host)
    assert (code, news["held_back"].split(" (")[0]) == (0, "somebody holds libcuda1")
    assert host.check_output("apt-mark showhold") == "libcuda1"
    host.check_output("apt-mark unhold libcuda1")


def test_a_restart_that_packages_ask_for_is_a_fact_and_ends_with_the_restart(host):
    host.check_output(
        "echo '*** System restart required ***' > /run/reboot-required && echo libc6 > /run/reboot-required.pkgs"
    )
    assert "packages asked for it: libc6" in status(host)["reboot_reasons"]
    host.check_output("rm /run/reboot-required /run/reboot-required.pkgs")
    assert "packages asked for it: libc6" not in status(host)["reboot_reasons"]


def test_programs_with_a_replaced_library_are_a_fact(host):
    host.check_output(
        "cp $(ldconfig -p | awk '/libz.so.1 /{print $NF; exit}') /root/libold.so.1"
        " && systemd-run --quiet --unit stale python3 -c \"import ctypes, time; ctypes.CDLL('/root/libold.so.1'); time.sleep(60)\""
    )
    time.sleep(1)
    assert "stale.service" not in status(host)["stale_services"]
    host.check_output("rm /root/libold.so.1")
    assert "stale.service" in status(host)["stale_services"]
    host.check_output("systemctl stop stale")


def test_a_full_upgrade_takes_all_sources_and_restarts_nothing_itself(host):
    code, news = run(host, "full")
    assert code == 0, news
    assert {"aienv-plain", "aienv-excluded"} <= {step["name"] for step in news["upgraded"]}
    # 54 does not build, and a full upgrade has no other rule for that.
    assert "pci_resize" in news["held_back"]
    assert version(host, "linux-image-aienv") == "6.99.53"
    assert not host.file(RESTARTED).exists
    assert is_whole(host)
