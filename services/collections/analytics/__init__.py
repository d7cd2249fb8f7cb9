"""Analytics: figures of recovery, each by a formula that docs/figures.md writes down."""
