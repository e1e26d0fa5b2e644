"""What the service does on a real system: sessions, terminals, units, locks, Jupyter, a GPU that replays traces.

Run by verify.yml, one process for each machine: pytest --hosts=docker://MACHINE. The stop is a double (it leaves /root/stopped);
the last play of verify.yml has the real one. Idle are 6 seconds, the warning takes 6 more.
"""

from __future__ import annotations

import itertools
import json
import time

import pytest

LOAD = "/usr/local/share/aienv-sandbox/load.json"
#: Seconds in which an idle machine is stopped for certain, and is not stopped if something keeps it.
ENOUGH = 20
NUMBERS = itertools.count()
HELD = ("held", "awake", "quiet", "blind")


@pytest.fixture(autouse=True)
def fresh(host):
    """A service that has just begun to watch, and nothing of the test before."""
    host.check_output(f"rm -f {LOAD}")
    watch_anew(host)
    yield
    host.run(
        "systemctl stop 'background-*' aienv-backup-test; pkill -KILL -u ada; rm -f /var/lib/aienv-idle-stop/leases/*"
    )


def watch_anew(host):
    host.check_output(
        "systemctl stop aienv-idle-stop; rm -f /run/aienv-idle-stop/state.json /root/stopped /root/notified;"
        " systemctl start aienv-idle-stop"
    )
    wait_for(lambda: host.file("/run/aienv-idle-stop/state.json").exists, "the first look")


def status(host):
    return json.loads(host.check_output("aienv-idle-stop status --json"))


def is_stopped(host):
    return host.file("/root/stopped").exists


def wait_for(condition, what, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.3)


def assert_kept(host, reason, states=HELD, begin=0.0):
    """For longer than an idle machine has, it is not stopped, and the report says why.

    What keeps it is there already: the time that this took, on a busy computer, does not count.
    """
    watch_anew(host)
    wait_for(
        lambda: any(reason in one for one in status(host)["verdict"]["reasons"]), f"the reason {reason!r}", 30 + begin
    )
    end = time.monotonic() + ENOUGH
    while time.monotonic() < end:
        seen = status(host)["verdict"]
        assert seen["state"] in states, seen
        time.sleep(1)
    assert not is_stopped(host)
    assert reason in host.check_output("runuser -u ada -- aienv-idle-stop status")


def assert_stopped(host):
    wait_for(lambda: is_stopped(host), "the stop")


def background(host, command, unit="work"):
    """Something that outlives the call, and ends with the test. No name comes twice: systemd may not have let go of the last one yet."""
    name = f"background-{unit}-{next(NUMBERS)}"
    host.check_output("systemd-run --quiet --collect --unit=%s -- sh -c %s", name, f"exec {command}")


def end(host, unit="work"):
    host.check_output("systemctl stop %s", f"background-{unit}-*")


#: Somebody at a terminal of 'ssh -tt', who types once more as soon as the warning is on the screen.
PERSON = """
import pathlib, subprocess, time
with open("/root/terminal", "wb") as screen:
    ssh = subprocess.Popen(["as-ada", "-tt", "ada@127.0.0.1", "cat"], stdin=subprocess.PIPE, stdout=screen)
    ssh.stdin.write(b"first\\n"); ssh.stdin.flush()
    while "The machine stops at" not in pathlib.Path("/root/terminal").read_text(errors="replace"):
        time.sleep(0.2)
    ssh.stdin.write(b"again\\n"); ssh.stdin.flush()
    ssh.wait()
"""


def test_an_idle_machine_is_stopped_after_a_warning(host):
    assert_stopped(host)
    told = host.file("/root/notified").content_string.splitlines()
    assert [line.split()[0] for line in told] == ["warn", "stop"]
    assert "nobody has used it since" in told[0]
    assert "keep-awake 2h" in told[0]
    journal = host.check_output("journalctl -u aienv-idle-stop --no-pager --output=cat")
    assert "The machine stops at" in journal
    assert "The machine is stopped now: nobody has used it since" in journal


def test_who_sits_at_a_terminal_is_warned_and_a_key_calls_it_off(host):
    """Somebody logs in with a terminal, forgets it, is warned on it, and types."""
    host.check_output(f"cat > /root/person.py <<'END'\n{PERSON}\nEND")
    background(host, "python3 /root/person.py")
    wait_for(
        lambda: "is not stopped" in host.run("cat /root/terminal").stdout, "the warning and the relief on the terminal"
    )
    assert not is_stopped(host)
    assert "ada typed something on pts/" in status(host)["memory"]["last"]
    # Nothing more is typed.
    assert_stopped(host)


def test_a_login_without_a_terminal_keeps_it(host):
    background(host, "as-ada ada@127.0.0.1 sleep 600")
    wait_for(lambda: host.run("pgrep -u ada -x sleep").rc == 0, "the login")
    assert_kept(host, "ada is logged in (", ("awake",))
    end(host)
    assert_stopped(host)


def test_a_named_process_keeps_it(host):
    host.check_output("mkdir -p /opt/training && cp /usr/bin/sleep /opt/training/run")
    background(host, "/opt/training/run 600")
    assert_kept(host, "the process /opt/training/run 600 (", ("awake",))
    end(host)
    assert_stopped(host)


def test_a_lease_keeps_it_and_is_given_back(host):
    said = host.check_output("runuser -u ada -- keep-awake 1h the paper")
    assert said.startswith("The machine stays awake until ")
    assert_kept(host, "ada keeps it awake until")
    assert "the paper" in host.check_output("runuser -u ada -- keep-awake")
    refused = host.run("runuser -u ada -- keep-awake 9d")
    assert refused.rc == 1
    assert "168 hours at most" in refused.stderr
    host.check_output("runuser -u ada -- keep-awake off")
    assert_stopped(host)


def test_nobody_can_take_away_another_s_lease(host):
    host.check_output("keep-awake 1h")
    host.check_output("useradd --no-create-home eve 2>/dev/null || true")
    assert host.run("runuser -u eve -- rm -f /var/lib/aienv-idle-stop/leases/0.json").rc != 0
    assert "There was no lease of yours." in host.check_output("runuser -u eve -- keep-awake off")
    assert_kept(host, "root keeps it awake until")


def test_a_backup_keeps_it(host):
    host.check_output(
        "systemd-run --quiet --collect --no-block --property=Type=oneshot --unit=aienv-backup-test sleep 600"
    )
    assert_kept(host, "aienv-backup-test.service is running")
    host.check_output("systemctl stop aienv-backup-test")
    assert_stopped(host)


@pytest.mark.parametrize("lock", ["/var/lib/dpkg/lock-frontend", "/var/lib/apt/lists/lock"])
def test_an_update_keeps_it(host, lock):
    code = f"import fcntl, time; file = open('{lock}', 'a'); fcntl.lockf(file, fcntl.LOCK_EX); time.sleep(600)"
    background(host, f'python3 -c "{code}"')
    assert_kept(host, f"packages are being installed ({lock} is locked by process")
    end(host)
    assert_stopped(host)


def test_apt_itself_keeps_it(host):
    """apt holds its lock while a hook of it sleeps, longer than the test."""
    background(host, "apt-get -o 'DPkg::Pre-Invoke::=sleep 300' --yes remove less")
    wait_for(lambda: host.run("pgrep -x sleep").rc == 0, "the hook")
    assert_kept(host, "packages are being installed (/var/lib/dpkg/lock-frontend is locked by process")


def test_an_inhibitor_keeps_it(host):
    background(host, "systemd-inhibit --what=shutdown --mode=block --why=test sleep 600")
    assert_kept(host, "a program forbids a shutdown")
    end(host)
    assert_stopped(host)


def replay(host, frames, step=1.0):
    trace = json.dumps({"start": time.time(), "step": step, "frames": [[frame] for frame in frames]})
    host.check_output(f"cat > {LOAD}.new <<'END'\n{trace}\nEND\nmv {LOAD}.new {LOAD}")


def test_a_training_is_not_stopped_in_its_gaps_and_the_machine_after_it(host):
    """Epochs of 3 s with gaps of 4, in which the processors sleep as well."""
    frames = ([(97, 20_000)] * 3 + [(0, 20_000)] * 4) * 5 + [(0, 4)]
    began = time.monotonic()
    replay(host, frames)
    wait_for(lambda: "GPU 0 works at 97 %" in status(host)["memory"]["last"], "the load")
    assert_stopped(host)
    assert time.monotonic() - began > len(frames) - 5


def test_a_gpu_that_hangs_keeps_it_and_says_so(host):
    host.check_output(
        "cp -p /usr/local/bin/nvidia-smi /root/nvidia-smi; printf '#!/bin/sh\\nexec sleep 600\\n' > /usr/local/bin/nvidia-smi"
    )
    try:
        assert_kept(host, "nvidia-smi did not answer within 20 s", ("blind", "quiet"), begin=60)
        journal = "journalctl -u aienv-idle-stop -p err --no-pager --output=cat"
        wait_for(lambda: "cannot be seen" in host.check_output(journal), "the complaint")
    finally:
        host.check_output("cp -p /root/nvidia-smi /usr/local/bin/nvidia-smi")
    assert_stopped(host)


def test_a_driver_that_fails_keeps_it(host):
    host.check_output(
        "cp -p /usr/local/bin/nvidia-smi /root/nvidia-smi;"
        " printf '#!/bin/sh\\necho Failed to initialize NVML: Driver/library version mismatch; exit 18\\n' > /usr/local/bin/nvidia-smi"
    )
    try:
        assert_kept(host, "version mismatch", ("blind", "quiet"))
    finally:
        host.check_output("cp -p /root/nvidia-smi /usr/local/bin/nvidia-smi")


KERNEL = """
import json, time, urllib.request
from jupyter_client import BlockingKernelClient

def ask(path, body=None):
    wanted = urllib.request.Request(f"http://127.0.0.1:8888/api/{path}", body, {"Authorization": "token sesame"})
    return json.load(urllib.request.urlopen(wanted, timeout=60))

kernel = ask("kernels", b"{}")["id"]
client = BlockingKernelClient(connection_file=f"/home/ada/.local/share/jupyter/runtime/kernel-{kernel}.json")
client.load_connection_file()
client.start_channels(hb=False)
client.execute("import time; time.sleep(90)")
while ask(f"kernels/{kernel}")["execution_state"] != "busy":
    time.sleep(0.2)
open("/home/ada/begun", "w").close()
time.sleep(600)
"""


def test_a_busy_kernel_of_a_real_jupyter_keeps_it_and_an_idle_one_does_not(host):
    host.check_output(
        f"cat > /home/ada/kernel.py <<'END'\n{KERNEL}\nEND\nrm -f /home/ada/begun; systemctl stop aienv-idle-stop"
    )
    serve = "cd; exec /opt/jupyter/bin/jupyter-server --no-browser --ip=127.0.0.1 --port=8888 --IdentityProvider.token=sesame"
    background(host, f"runuser -l ada -c '{serve}'", "server")
    wait_for(lambda: host.run("curl -sf http://127.0.0.1:8888/api").rc == 0, "the server", 300)
    background(host, "runuser -l ada -c '/opt/jupyter/bin/python kernel.py'", "kernel")
    wait_for(lambda: host.file("/home/ada/begun").exists, "the computation", 300)
    host.check_output("rm -f /run/aienv-idle-stop/state.json /root/stopped; systemctl start aienv-idle-stop")
    wait_for(lambda: "a Jupyter kernel of ada is busy" in host.run("aienv-idle-stop status").stdout, "the busy kernel")
    time.sleep(ENOUGH)
    assert not is_stopped(host)
    assert status(host)["verdict"]["state"] == "awake"
    # After its 90 seconds it is idle, with a last use; the server and its client go on.
    wait_for(lambda: is_stopped(host), "the stop", 180)
    assert host.run("pgrep -f jupyter-server").rc == 0


def test_a_service_that_is_killed_goes_on_where_it_was(host):
    since = status(host)["memory"]["since"]
    written = "stat --format=%.9Y /run/aienv-idle-stop/state.json"
    last = host.check_output(f"systemctl kill --signal=KILL aienv-idle-stop; sleep 1; {written}")
    # Not its age: the first thing that it may do is to stop the machine, and then it writes no more.
    wait_for(lambda: host.check_output(written) != last, "its return")
    assert status(host)["memory"]["since"] == since
    assert_stopped(host)


def test_what_people_may_read_holds_no_command(host):
    assert host.file("/etc/aienv-idle-stop.json").mode == 0o600
    assert "/root/notified" not in host.check_output("runuser -u ada -- aienv-idle-stop status --json")
    assert "this needs root" in host.run("runuser -u ada -- aienv-idle-stop sample").stderr
