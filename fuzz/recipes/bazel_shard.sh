#!/bin/sh
# A shard of a campaign as a Bazel test: bazel_shard.sh PROGRAM [options]. Which
# shard it is Bazel says in the environment; the result goes to where Bazel keeps it.
exec "$@" --threads 1 --json "$TEST_UNDECLARED_OUTPUTS_DIR/shard-$TEST_SHARD_INDEX.json"
