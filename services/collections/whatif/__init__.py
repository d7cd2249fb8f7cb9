"""What-if: another policy over the recorded past, against what was done."""
