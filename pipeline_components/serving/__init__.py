"""What a served model answers to: signatures, the HTTP server, the drawing page."""
