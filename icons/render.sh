#!/bin/sh
# Draws the PNGs of the tray and of the app from src/*.svg. Needs chromium and imagemagick. Run it after a change of a drawing
# and commit what it made.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
draw() { # drawing, pixels, target
  printf '<style>*{margin:0}img{display:block;width:%spx;height:%spx}</style><img src="data:image/svg+xml;base64,%s">' \
    "$2" "$2" "$(base64 -w0 "src/$1.svg")" > "$work/page.html"
  chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
    --default-background-color=00000000 --force-device-scale-factor=1 \
    --window-size=900,900 --screenshot="$work/shot.png" "file://$work/page.html" >/dev/null 2>&1
  # A window smaller than its own frame is not drawn whole: draw large, then cut.
  convert "$work/shot.png" -crop "$2x$2+0+0" +repage -strip "PNG32:$3"
}
for state in quiet on-call ringing unreachable signed-out cannot-page; do
  draw "$state" 64 "tray-$state.png"
done
for size in 32 128 256 512; do
  draw app "$size" "${size}x${size}.png"
done
mv 256x256.png 128x128@2x.png
mv 512x512.png icon.png
