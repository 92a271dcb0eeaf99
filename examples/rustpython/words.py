# Run by run.sh from a folder that is granted for reading: shows its arguments and reads itself.
import sys

arguments = sys.argv[1:]
with open(__file__, encoding="utf-8") as file:
    lines = file.readlines()
print(f"{len(arguments)} arguments: {', '.join(arguments)}; this file has {len(lines)} lines")
try:
    open(__file__, "a")
except OSError:
    sys.exit(0)
sys.exit("a folder granted for reading can be written to")
