#!/usr/bin/env bash
# slurm_here.sh COMMAND...: runs it beside a Slurm of its own, a controller and
# two nodes on 127.0.0.1, which end with it. Needs root and Debian's slurm-wlm;
# neither systemd, munge nor a database.
set -euo pipefail
home=$(mktemp -d /tmp/norlog-slurm.XXXXXX)
port=$((20000 + $$ % 20000))
daemons=()
finish() {
  [[ ${#daemons[@]} -eq 0 ]] || kill "${daemons[@]}" 2>/dev/null || true
  wait
  rm -rf "$home"
}
trap finish EXIT
mkdir "$home"/{state,node1,node2}
cat >"$home/slurm.conf" <<CONF
ClusterName=here
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0,requeue_delay=1
JobRequeue=1
ReturnToService=2
SlurmdParameters=config_overrides
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/%n
SlurmctldPidFile=$home/slurmctld.pid
SlurmdPidFile=$home/%n.pid
SlurmctldLogFile=$home/slurmctld.log
SlurmdLogFile=$home/%n.log
NodeName=node1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1
NodeName=node2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1
PartitionName=here Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$home/slurm.conf
slurmctld -D -c 2>/dev/null &
daemons+=($!)
for node in node1 node2; do
  slurmd -D -N "$node" 2>/dev/null &
  daemons+=($!)
done
for _ in {1..300}; do
  [[ $(sinfo --noheader --format=%D --states=idle 2>/dev/null) != 2 ]] || break
  sleep 0.1
done
if [[ $(sinfo --noheader --format=%D --states=idle 2>/dev/null) != 2 ]]; then
  tail -n 5 "$home"/*.log >&2
  echo "slurm_here.sh: the nodes did not come up" >&2
  exit 1
fi
"$@"
