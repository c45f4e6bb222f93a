#!/usr/bin/env bash
# Draws the icons in all sizes that panels ask for, from the SVG files beside this one (librsvg2-bin), and the icon of
# the programs for Windows (imagemagick).

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for source in *.svg; do
  for size in 16 22 24 32 48 64; do
    mkdir -p "$size"
    rsvg-convert --width "$size" --height "$size" --output "$size/${source%.svg}.png" "$source"
  done
done

# For the menu bar of macOS: the signs without their ground. The system gives them its colour.
mkdir -p template
for source in *.svg; do
  sed '/<rect/d' "$source" | rsvg-convert --width 44 --height 44 --output "template/${source%.svg}.png"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for size in 016 020 024 032 040 048 064 256; do
  rsvg-convert --width "$((10#$size))" --height "$((10#$size))" --output "$work/$size.png" on.svg
done
convert "$work"/*.png sluice.ico
