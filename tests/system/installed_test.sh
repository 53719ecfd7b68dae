#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the rigsetup authors
#
# installed_test.sh BUILD SOURCE: the daemon as it is installed, under a real systemd that was booted in a container.
set -euo pipefail

skip() { # why this machine cannot try it; ctest knows the status
  printf 'SKIPPED: the service as it is installed: %s\n' "$*"
  exit 77
}

# Mounts of this test are seen by nobody else and go with its last process.
if [[ ${1:-} != --in-own-mounts ]]; then
  [[ $EUID == 0 ]] || skip "it needs root"
  unshare --mount --propagation private true || skip "no mounts of its own are allowed here (or / is no mount)"
  exec unshare --mount --propagation private "$0" --in-own-mounts "$@"
fi
build=$2 source=$3
name=rigsetup-test-$$
work=$(mktemp -d /var/tmp/$name.XXXXXX)
root=$work/root
log=$work/log
container=

say() { printf '%s\n' "$*"; }
die() {
  say "FAILED: $*" >&2
  exit 1
}

cleanup() {
  local status=$? hierarchy
  trap - EXIT
  set +e
  ((status == 0 || status == 77)) || { say "--- the last of the container and of what was called:" && tail -n 40 "$work/console" "$log"; } 2>/dev/null
  end_container
  umount -l "$root" "$work/layer" 2>/dev/null
  rm -rf "$work"
  for hierarchy in "${hierarchies[@]}"; do
    echo $$ >"$hierarchy/cgroup.procs" # this test may sit in the group that is to go
    find "$hierarchy/$name" -depth -type d -exec rmdir {} \; 2>/dev/null
  done
  exit "$status"
}

# --- the container -----------------------------------------------------------------------------------------------------

hierarchies=()
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [[ -e $hierarchy/cgroup.procs ]] && hierarchies+=("$hierarchy")
done

packages_of_libraries() {
  local library
  ldd "$build"/rigsetup "$build"/rigsetupd "$build"/libexec/* | awk '/=> \// { print $1 }' | sort -u |
    while read -r library; do dpkg-query -S "*/$library"; done | cut -d : -f 1 | sort -u | paste -s -d ,
}

# A system with systemd and the libraries of the programs, made anew each day.
base_root() {
  local cache=${RIGSETUP_TEST_ROOT_CACHE:-$build/test-root} base
  . /etc/os-release
  base=$cache/systemd-$(date -u +%Y%m%d)
  mkdir -p "$cache"
  exec 8>"$cache/systemd.lock"
  flock 8
  if [[ ! -d $base ]]; then
    rm -rf "$cache"/systemd-*
    local mirror
    mirror=$(apt-get indextargets --format '$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)|$(CREATED_BY)' |
      awk -F'|' -v suite="$VERSION_CODENAME" \
        '$5 == "Packages" && $1 ~ /^(Debian|Ubuntu)$/ && $2 == suite && $3 == "main" { print $4; exit }')
    [[ $mirror ]] || die "cannot find the distribution's archive in this machine's apt sources"
    mmdebstrap --quiet --variant=apt --mode=root \
      --include="systemd,systemd-sysv,dbus,adduser,gpgv,$(packages_of_libraries)" \
      "$VERSION_CODENAME" "$base.new" "deb $mirror $VERSION_CODENAME main" >>"$log" 2>&1 ||
      die "cannot make a system to boot"
    mv "$base.new" "$base"
  fi
  exec 8>&-
  printf '%s' "$base"
}

boot() {
  local i state=
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory "$root" --machine "$name" --register=no \
    --keep-unit --console=pipe --boot </dev/null >>"$work/console" 2>&1 &
  container=$!
  for ((i = 0; i < 600; i++)); do
    state=$(inside systemctl is-system-running 2>/dev/null || true)
    [[ $state == running ]] && return
    [[ $state != degraded ]] || die "cannot boot without a failed unit: $(inside systemctl --failed --no-legend --no-pager)"
    kill -0 "$container" 2>/dev/null || break
    sleep 0.1
  done
  die "cannot boot systemd in a container: this test needs the right to make cgroups, namespaces and mounts"
}

inside() {
  local leader
  leader=$(pgrep -P "$container" | head -n 1)
  [[ $leader ]] || return 99
  nsenter -t "$leader" -m -u -i -n -p -C -r -w -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}

end_container() {
  local leader
  [[ $container ]] || return 0
  leader=$(pgrep -P "$container" | head -n 1)
  [[ -z $leader ]] || kill -KILL "$leader" 2>/dev/null # its pid 1: all that runs inside goes with it
  wait "$container" 2>/dev/null
  container=
}

# --- what is expected --------------------------------------------------------------------------------------------------

expect() { # STATUS WHAT COMMAND...: the command, inside, ends with STATUS
  local wanted=$1 what=$2 status=0
  shift 2
  printf '\n$ %s\n' "$*" >>"$log"
  inside "$@" >>"$log" 2>&1 || status=$?
  [[ $status == "$wanted" ]] || die "$what: exit status $status, not $wanted"
  say "ok $what"
}

wait_for() { # WHAT COMMAND...: until the command succeeds inside
  local what=$1 i
  shift
  for ((i = 0; i < 300; i++)); do
    inside "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  die "waited in vain for $what"
}

main_pid() { inside systemctl show --property MainPID --value rigsetupd.service; }

# -----------------------------------------------------------------------------------------------------------------------

trap cleanup EXIT
trap 'exit 130' INT TERM
for program in systemd-nspawn mmdebstrap nsenter; do command -v "$program" >/dev/null || die "needs $program"; done
((${#hierarchies[@]})) || skip "there are no cgroups in /sys/fs/cgroup"
for hierarchy in "${hierarchies[@]}"; do
  mkdir "$hierarchy/$name" 2>/dev/null || skip "no cgroup may be made in $hierarchy"
done

base=$(base_root)
mkdir -p "$root" "$work/layer"
mount -t tmpfs -o mode=755 layer "$work/layer"
mkdir "$work/layer/upper" "$work/layer/work"
mount -t overlay -o "lowerdir=$base,upperdir=$work/layer/upper,workdir=$work/layer/work" layer "$root"

DESTDIR=$root cmake --install "$build" --prefix /usr >>"$log" 2>&1 || die "cannot install the build"
cp "$source/debian/postinst" "$root/root/"
chroot "$root" sh /root/postinst configure >>"$log" 2>&1 || die "cannot run the postinst"
chroot "$root" systemctl enable rigsetupd.service >>"$log" 2>&1 || die "cannot enable the service"
chroot "$root" useradd --groups rigsetup member
chroot "$root" useradd stranger
cat >"$root/etc/served.yaml" <<'TEXT'
rigsetup: 1
name: served
summary: a unit of its own
steps:
  - file:
      path: /etc/systemd/system/served.service
      content: |
        [Service]
        ExecStart=/bin/sleep infinity
        [Install]
        WantedBy=multi-user.target
  - service: {name: served}
TEXT
cat >"$root/etc/held.yaml" <<'TEXT'
rigsetup: 1
name: held
summary: a package stays at its version
steps:
  - apt_packages: {packages: [dpkg], hold: true}
TEXT
cp "$source/debian/prerm" "$root/root/prerm"

cat >"$root/etc/waiting.yaml" <<'TEXT'
rigsetup: 1
name: waiting
summary: takes as long as somebody wants
steps:
  - command:
      argv: [sh, -c, "echo $$ >/root/job; until test -e /root/go; do sleep 0.1; done; echo $$ >/root/finished"]
      check: [test, -e, /root/finished]
TEXT

for hierarchy in "${hierarchies[@]}"; do
  echo $$ >"$hierarchy/$name/cgroup.procs"
done
boot

expect 0 "the units are right" systemd-analyze verify rigsetupd.service rigsetupd.socket
expect 0 "the service is up" systemctl is-active --quiet rigsetupd.service rigsetupd.socket
[[ $(inside stat -c %a /run/rigsetup/rigsetup.sock) == 666 ]] || die "not everybody may connect to the socket"
expect 0 "root asks for the status" rigsetup status
expect 0 "a stranger asks for the status" runuser -u stranger -- rigsetup status
expect 5 "a stranger may not plan a recipe of his own" runuser -u stranger -- rigsetup plan /etc/served.yaml
expect 3 "a member of the group may plan one" runuser -u member -- rigsetup plan /etc/served.yaml
expect 0 "a unit is written, enabled and started" rigsetup apply -y /etc/served.yaml
expect 0 "it runs" systemctl is-active --quiet served.service
expect 0 "nothing is left to do" rigsetup plan /etc/served.yaml
inside systemctl stop served.service
expect 3 "a stopped unit is a difference" rigsetup plan /etc/served.yaml
expect 0 "it is applied again" rigsetup apply -y /etc/served.yaml
expect 0 "it runs again" systemctl is-active --quiet served.service

expect 0 "a long run is started" rigsetup apply -y --detach /etc/waiting.yaml
wait_for "the job" test -s /root/job
before=$(main_pid)
expect 0 "the daemon is restarted in the middle of it" systemctl restart rigsetupd.service
[[ $(main_pid) != "$before" ]] || die "the daemon was not restarted"
expect 0 "the job goes on" sh -c 'kill -0 $(cat /root/job)'
inside touch /root/go
expect 0 "the new daemon brings the run to its end" timeout 60 rigsetup watch
[[ $(inside cat /root/job) == "$(inside cat /root/finished)" ]] || die "the job was run twice"
say "ok it was adopted, not run again"

inside systemctl --no-block reboot >>"$log" 2>&1 || true
status=0
wait "$container" || status=$?
container=
[[ $status == 133 ]] || die "the container did not reboot: status $status"
boot
expect 0 "the service is up after a reboot" systemctl is-active --quiet rigsetupd.service rigsetupd.socket
expect 0 "the unit is up after a reboot" systemctl is-active --quiet served.service
expect 0 "the status is right after a reboot" rigsetup status
expect 0 "a package is put on hold" rigsetup apply -y /etc/held.yaml
expect 0 "it is held" sh -c 'test "$(apt-mark showhold)" = dpkg'
expect 0 "the package's removal begins" sh /root/prerm remove
wait_for "the hold to go" sh -c 'test -z "$(apt-mark showhold)"'
say "ok what rigsetup held is let go when it is removed"
expect 0 "no unit has failed" sh -c 'test -z "$(systemctl --failed --no-legend)"'
say "all passed"
