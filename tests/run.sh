#!/usr/bin/env bash
# Installs what is missing, builds w2c and runs every test; the last line is `N passed, N failed, N skipped`.
#
#   tests/run.sh              about half an hour on two processors
#   tests/run.sh --full       all compilers, modes and levels over everything, and Python interpreters: hours
#   tests/run.sh --only NAME  one part (after the build); may be repeated. The parts are listed in tests/parts.py
#   tests/run.sh --shared DIR where modules and suites are that are not in this repository (default: ../shared)
#
# Exit code: 0, or 1 if anything failed. Logs are in build/test-logs.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/install.sh
install_for_tests
exec python3 tests/parts.py "$@"
