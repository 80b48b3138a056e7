#!/usr/bin/env bash
# recipes_test.sh PROGRAM [RECIPE...]: the recipes (parallel, slurm), with a shard
# lost and repeated. Recipes whose engine is not installed are skipped by name.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
campaign=$(realpath "$1")
shift
[[ $# -gt 0 ]] || set -- parallel slurm
work=$(mktemp -d /tmp/norlog-recipes.XXXXXX)
trap 'rm -rf "$work"' EXIT
options=(--setup toy-overwrite --attack exhaustive,nested,random --cases 320 --rate 20)
shards=4

# What the recipes run: the campaign, but shard $KILL is killed behind its first
# job, once.
export KILL=
export NORLOG_CAMPAIGN=$work/campaign
cat >"$NORLOG_CAMPAIGN" <<WRAPPER
#!/usr/bin/env bash
[[ -n "\$KILL" && "\$*" == *"/\$KILL.state "* ]] && mkdir "$work/killed-\$KILL" 2>/dev/null ||
  exec "$campaign" "\$@"
"$campaign" "\$@" &
all="\$*"
state=\${all#*--state }
state=\${state%% *}
until [[ -s \$state ]] && mapfile -t lines <"\$state" && [[ \${#lines[@]} -ge 2 ]]; do sleep 0.01; done
kill -9 \$!
wait \$!
WRAPPER
chmod +x "$NORLOG_CAMPAIGN"

fail() { echo "recipes_test: $*" >&2; exit 1; }

# facts FILE: what does not depend on time or on shards.
facts() {
  python3 - "$1" <<'PY'
import json, sys
result = json.load(open(sys.argv[1]))
for setup in result["setups"]:
    for key in ("cpu_seconds", "cycles_per_cpu_minute"):
        setup.pop(key, None)
print(json.dumps([result["setups"], result["guarantees"], result["cycles"]], sort_keys=True))
PY
}

# merge_lacks FOLDER SHARD: the merge of what is there names the shard.
merge_lacks() {
  local status=0
  "$campaign" merge "$1"/*.json >"$1/merge.txt" || status=$?
  [[ $status == 130 ]] || fail "merging the rest ended with $status"
  grep -Eq "missing.* $2\b" "$1/merge.txt" || { cat "$1/merge.txt"; fail "shard $2 is not said to be missing"; }
}

# merge_equals_whole FOLDER
merge_equals_whole() {
  "$campaign" merge --json "$1/all" "$1"/*.json >/dev/null || fail "the merge failed"
  [[ $(facts "$1/all") == "$(facts "$work/whole")" ]] || fail "$1 differs from the unsharded run"
}

parallel_recipe() {
  local folder=$work/parallel
  ! KILL=2 "$here/parallel.sh" $shards "$folder" "${options[@]}" >"$work/parallel.log" 2>&1 ||
    fail "a killed shard went unnoticed"
  merge_lacks "$folder" 2
  "$here/parallel.sh" $shards "$folder" "${options[@]}" >>"$work/parallel.log" 2>&1 ||
    fail "going on failed"
  merge_equals_whole "$folder"
}

# Within slurm_here.sh.
slurm_recipe() {
  local folder=$work/slurm job
  mkdir "$folder"
  job=$(KILL=1 sbatch --parsable --array=0-$((shards - 1)) --output="$folder/log.%a" \
    "$here/slurm.sbatch" "$folder" "${options[@]}")
  slurm_wait "$job"
  merge_lacks "$folder" 1
  scontrol requeue "${job}_1"
  slurm_wait "$job"
  [[ -s $folder/1.json ]] || { cat "$folder"/log.1; fail "the re-queued shard did not end"; }
  merge_equals_whole "$folder"
}

slurm_wait() {
  for _ in {1..2400}; do
    [[ -n $(squeue --noheader --job="$1" --states=PD,R,CG,CF,RQ 2>/dev/null) ]] || return 0
    sleep 0.1
  done
  squeue
  fail "job $1 does not end"
}

"$campaign" "${options[@]}" --json "$work/whole" >/dev/null
for recipe in "$@"; do
  case $recipe in
    parallel) engine=parallel ;;
    slurm) engine=slurmctld ;;
    *) fail "there is no recipe $recipe" ;;
  esac
  if [[ $recipe == slurm && $(id -u) != 0 ]]; then
    echo "slurm: skipped, its daemons need root here"
    continue
  fi
  if ! command -v $engine >/dev/null; then
    echo "$recipe: skipped, $engine is not installed"
    continue
  fi
  if [[ $recipe == slurm ]]; then
    export -f slurm_recipe slurm_wait merge_lacks merge_equals_whole facts fail
    export work here shards campaign
    "$here/slurm_here.sh" bash -euo pipefail -c \
      "options=(${options[*]@Q}); slurm_recipe"
  else
    parallel_recipe
  fi
  echo "$recipe: a lost shard was named and repeated; merged it equals the unsharded run"
done
