#!/usr/bin/env bash
# Draws the icons in all sizes that panels ask for, from the SVG files beside this one (librsvg2-bin).

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for source in *.svg; do
  for size in 16 22 24 32 48 64; do
    mkdir -p "$size"
    rsvg-convert --width "$size" --height "$size" --output "$size/${source%.svg}.png" "$source"
  done
done
