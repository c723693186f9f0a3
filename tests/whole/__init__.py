"""The whole product: its own command, its own processes, real sockets, real weights."""
