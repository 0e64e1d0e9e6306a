"""One module a noun; each view reads a request, calls one verb or selector, and shows a page."""
