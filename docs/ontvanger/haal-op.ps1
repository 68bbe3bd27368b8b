# Niet door ons uitgevoerd: wij hebben hier geen PowerShell. Nagelezen en ontleed is het wel; probeer het eerst met een
# testlevering. Dezelfde stappen als haal-op.sh, met de sftp die bij Windows hoort. Anders dan haal-op.sh begrenst het
# niet hoe groot een bestand mag zijn.
# Gebruik: powershell -ExecutionPolicy Bypass -File haal-op.ps1 MAP [-Ontvanger NUMMER] [-Hoogstens DAGEN]
#   met opgroeien.conf (zie ophalen.md), verify.py en allowed_signers (zie nakijken.md) in de map waarin u dit start.
# Het eindigt zoals verify.py; met 0 als er nog niets is, met 4 als verify.py hier niet is. Alleen na 0 is er bevestigd.
param(
    [Parameter(Mandatory = $true)][string]$Map,
    [string]$Ontvanger,
    [int]$Hoogstens
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$onze = '^(AANMELDING|INTREKKING|TEST)_OPGROEIEN_[0-9A-Z_]+'
$Map = (New-Item -ItemType Directory -Force -Path $Map).FullName
$werk = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
New-Item -ItemType Directory -Path $werk | Out-Null
$opdrachten = Join-Path $werk 'opdrachten'
$leeg = Join-Path $werk 'leeg'
[IO.File]::WriteAllText($leeg, '')

# De opdrachten gaan door een bestand: zo verandert PowerShell geen regeleinde.
function Invoke-Server([string[]]$Regels) {
    [IO.File]::WriteAllText($opdrachten, ($Regels -join "`n") + "`n")
    & sftp -q -b $opdrachten -o ConnectTimeout=30 -o ServerAliveInterval=30 -F opgroeien.conf opgroeien
}

function Get-Gezien {
    $namen = Invoke-Server @('ls -1 /out')
    if ($LASTEXITCODE -ne 0) { throw "de server geeft geen lijst ($LASTEXITCODE)" }
    @($namen | ForEach-Object { ($_ -split '/')[-1].Trim() })
}

function Test-Hier([string]$Bestand) { Test-Path -LiteralPath (Join-Path $Map $Bestand) }

# Wat half opgehaald is, en intussen misschien van de server weg.
function Clear-Half {
    foreach ($bestand in @(Get-ChildItem -LiteralPath $Map -File)) {
        $naam = ($bestand.Name -split '\.')[0]
        if ($bestand.Name -cmatch "$onze\.[a-z]" -and -not (Test-Hier "$naam.GO")) { Remove-Item -LiteralPath $bestand.FullName }
    }
}

# Eerst wat op kleine letters eindigt, het GO-bestand als laatste: bij de eerste fout stopt sftp.
function Save-Drop([string]$Naam, [string[]]$Gezien) {
    $gegevens = @($Gezien | Where-Object { $_ -cmatch "^$Naam\.[a-z][a-z0-9.-]*$" })
    $halen = @($gegevens + "$Naam.GO" | ForEach-Object { "get $_" })
    Invoke-Server (@("lcd `"$($Map.Replace('\', '/'))`"", 'cd /out') + $halen) | Out-Null
    $LASTEXITCODE
}

# Lukt het niet en is het GO-bestand van de server weg, dan kwam er een nieuwere of is dit teruggenomen: kijk opnieuw.
function Save-Everything {
    foreach ($keer in 1..20) {
        $gezien = Get-Gezien
        Clear-Half
        $weg = $false
        foreach ($go in @($gezien | Where-Object { $_ -cmatch "$onze\.GO$" })) {
            if (Test-Hier $go) { continue }
            $naam = $go -creplace '\.GO$', ''
            $code = Save-Drop $naam $gezien
            if ($code -eq 0) { Write-Host "opgehaald: $naam"; continue }
            if ((Get-Gezien) -ccontains $go) { exit $code }
            Write-Host "intussen weg: $naam"
            $weg = $true
            break
        }
        if (-not $weg) { return $gezien }
    }
    throw 'telkens kwam er een andere: begin straks opnieuw'
}

try {
    $slot = [IO.File]::Open("$Map.bezig", 'OpenOrCreate', 'ReadWrite', 'None') # faalt als het hier al bezig is
    $gezien = Save-Everything
    if (-not (Get-ChildItem -LiteralPath $Map -Filter '*.GO')) { exit 0 }
    if (-not (Test-Path -LiteralPath 'verify.py')) {
        Write-Host 'verify.py is hier niet: niets nagekeken, niets bevestigd'
        exit 4
    }
    $opties = @()
    if ($Ontvanger) { $opties += @('--ontvanger', $Ontvanger) }
    if ($Hoogstens) { $opties += @('--hoogstens', $Hoogstens) }
    & py verify.py $Map @opties
    $code = $LASTEXITCODE
    if ($code -ne 0) { Write-Host 'niets bevestigd'; exit $code }
    foreach ($go in @($gezien | Where-Object { $_ -cmatch '^AANMELDING_OPGROEIEN_[0-9A-Z_]+\.GO$' })) {
        $naam = $go -creplace '\.GO$', ''
        if (Test-Hier "$naam.ACK") { continue }
        Invoke-Server @("put `"$($leeg.Replace('\', '/'))`" /out/$naam.ACK") | Out-Null
        if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
        [IO.File]::WriteAllText((Join-Path $Map "$naam.ACK"), '') # zo wordt er hier maar een keer bevestigd
        Write-Host "bevestigd: $naam"
    }
}
finally {
    if (Test-Path Variable:slot) { $slot.Close() }
    Remove-Item -Recurse -Force -LiteralPath $werk
}
