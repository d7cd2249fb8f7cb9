"""Invoices on their way to customers: asked for with the issue, sent by a timer, told as facts."""
