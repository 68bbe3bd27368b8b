#!/bin/sh
# Haalt op wat bij Opgroeien klaarstaat en hier nog niet is: leveringen, intrekkingsberichten, testleveringen.
# Gebruik: sh haal-op.sh MAP        met opgroeien.conf (zie ophalen.md) in de map waarin u dit start.
# Alleen wat een GO-bestand heeft, en het GO-bestand als laatste. Bij een fout stopt het: begin gerust opnieuw.
set -eu
map=${1:?noem de map waarin de leveringen moeten komen}
mkdir -p "$map"

gezien=$(echo 'ls -1 /out' | sftp -q -b - -F opgroeien.conf opgroeien)
klaar=$(printf '%s\n' "$gezien" | grep -oE '(AANMELDING|INTREKKING|TEST)_OPGROEIEN_[0-9A-Z_]+\.GO$' || true)

for go in $klaar; do
  [ -e "$map/$go" ] && continue
  naam=${go%.GO}
  sftp -q -b - -F opgroeien.conf opgroeien <<EINDE
lcd "$map"
cd /out
get $naam.[a-z]*
get $go
EINDE
  echo "opgehaald: $naam"
done
