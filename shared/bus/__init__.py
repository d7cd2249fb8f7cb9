"""The bus: names, confirmed publishing, batch consumption, retries, dead letters, replay."""
