"""What is served over HTTP: the studio, for whoever works on a digest. Nothing below this package knows Starlette."""
