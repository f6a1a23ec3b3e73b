"""The transport: sockets, timers and signals; it knows bytes and connections, not frames."""
