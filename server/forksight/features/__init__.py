"""The use cases, one module each. They see the outside world only through the ports in `core.ports`."""
