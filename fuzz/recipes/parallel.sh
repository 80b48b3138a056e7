#!/usr/bin/env bash
# A campaign in shards under GNU parallel: parallel.sh SHARDS FOLDER [options].
# Repeat the command to go on: finished shards are left out, others go on from
# their state. PARALLEL (e.g. "--sshloginfile hosts --jobs 8") is GNU parallel's own variable.
set -euo pipefail
program=${NORLOG_CAMPAIGN:-build/dev/bin/norlog-campaign}
shards=$1 folder=$2
shift 2
mkdir -p "$folder"
# A shard in which a guarantee broke (exit code 1) has done its work,
# unless the engine hung or crashed: then there is no JSON.
export program shards folder
export options="${*@Q}"
run_shard() {
  [[ ! -s $folder/$1.json ]] || return 0
  local status=0
  eval "$program --threads 1 --shard $1/$shards --state $folder/$1.state --resume" \
    "--json $folder/$1.json.part $options" || status=$?
  [[ $status -le 1 && -s $folder/$1.json.part ]] || return "$status"
  mv "$folder/$1.json.part" "$folder/$1.json"
}
export -f run_shard
seq 0 $((shards - 1)) | parallel --will-cite run_shard {}
