"""What tests stand on: real databases by the dozen, and a service in the hand."""

from shared.testing.bed import Bed, Running

__all__ = ["Bed", "Running"]
