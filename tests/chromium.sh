#!/bin/sh
# Chromium with its output in a file. Playwright takes a browser for ended when nobody holds its output any more, and
# Chromium's crash handlers, processes of their own that nobody ends, hold it: with one of them stuck, closing waits for ever.
exec "$CHROMIUM" "$@" >"$CHROMIUM_LOG" 2>&1
