"""The five services; a real package, so that `services/collections` never shadows the stdlib's."""
