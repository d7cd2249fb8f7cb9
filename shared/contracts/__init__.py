"""The messages services exchange; consumers import the producer's module here, never the service."""
