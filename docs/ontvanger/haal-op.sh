#!/bin/sh
# Haalt op wat bij Opgroeien klaarstaat en hier nog niet is, kijkt de hele map na, en bevestigt de leveringen daarin als
# alles in orde is. Een intrekkingsbericht en een testlevering bevestigt u zelf: pas als u deed wat ze vragen.
# Gebruik: sh haal-op.sh MAP [OPTIES VAN verify.py]
#   met opgroeien.conf (zie ophalen.md), verify.py en allowed_signers (zie nakijken.md) in de map waarin u dit start.
# Alleen wat een GO-bestand heeft, en het GO-bestand als laatste. Bij een fout stopt het: begin gerust opnieuw.
# Het eindigt zoals verify.py; met 0 als er nog niets is, met 4 als verify.py hier niet is. Alleen na 0 is er bevestigd.
set -eu
export LC_ALL=C # hoofdletters zijn geen kleine letters
map=${1:?noem de map waarin de leveringen moeten komen}
shift
mkdir -p "$map"
if command -v flock >/dev/null; then
  exec 9<"$map"
  flock -n 9 || { echo "haal-op.sh is hier al bezig" >&2; exit 1; }
fi
werk=$(mktemp -d)
trap 'rm -rf "$werk"' EXIT

# Een bestand groter dan 1 GB (hier in blokken van 512 bytes) is niet van ons: dan stopt het.
server() (
  ulimit -f "${MEESTE_BLOKKEN:-2097152}" 2>/dev/null || true
  exec sftp -q -b - -o ConnectTimeout=30 -o ServerAliveInterval=30 -F opgroeien.conf opgroeien
)

kijk() {
  gezien=$(echo 'ls -1 /out' | server)
  klaar=$(printf '%s\n' "$gezien" | grep -oE '(AANMELDING|INTREKKING|TEST)_OPGROEIEN_[0-9A-Z_]+\.GO$' || true)
}

# Wat half opgehaald is, en intussen misschien van de server weg.
ruim_op() {
  for soort in AANMELDING INTREKKING TEST; do
    for bestand in "$map/${soort}"_OPGROEIEN_*.[a-z]*; do
      naam=${bestand##*/}
      [ -e "$map/${naam%%.*}.GO" ] || rm -f "$bestand"
    done
  done
}

haal() {
  server <<EINDE
lcd "$map"
cd /out
get $1.[a-z]*
get $1.GO
EINDE
}

# Lukt het niet en is het GO-bestand van de server weg, dan kwam er een nieuwere of is dit teruggenomen: kijk opnieuw.
# Staat het er nog, dan is er iets anders: dan stopt het.
keer=0
while :; do
  kijk
  ruim_op
  weg=
  for go in $klaar; do
    [ -e "$map/$go" ] && continue
    code=0
    haal "${go%.GO}" || code=$?
    if [ "$code" -eq 0 ]; then
      echo "opgehaald: ${go%.GO}"
      continue
    fi
    kijk
    case " $(echo $klaar) " in *" $go "*) exit "$code" ;; esac
    echo "intussen weg: ${go%.GO}"
    weg=$go
    break
  done
  [ -n "$weg" ] || break
  keer=$((keer + 1))
  [ "$keer" -lt 20 ] || { echo "telkens kwam er een andere: begin straks opnieuw" >&2; exit 1; }
done

ls "$map" | grep -q '\.GO$' || exit 0
[ -e verify.py ] || { echo "verify.py is hier niet: niets nagekeken, niets bevestigd" >&2; exit 4; }
python3 verify.py "$map" "$@" || {
  code=$?
  echo "niets bevestigd" >&2
  exit "$code"
}

: >"$werk/leeg"
for go in $klaar; do
  naam=${go%.GO}
  case $naam in AANMELDING_*) ;; *) continue ;; esac
  [ -e "$map/$naam.ACK" ] && continue
  echo "put $werk/leeg /out/$naam.ACK" | server
  : >"$map/$naam.ACK" # zo wordt er hier maar één keer bevestigd
  echo "bevestigd: $naam"
done
