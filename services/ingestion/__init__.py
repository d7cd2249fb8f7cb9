"""Ingestion: portfolio files in, rows handed to the services that own them, bad rows listed.

Owns: uploaded files, import jobs, the pages they are read in, the rows that were refused.
Publishes: customer-rows-accepted, debt-rows-accepted (many rows in one event), import-finished.
Hears: the services' answers (customer-rows-applied, debt-rows-applied); organization-changed.

Promises: every line of a file is accepted or reported with its number; a page of rows is
handed on once and answered once, whatever is killed; a job says finished only when every
row it handed on has been answered; the same file twice changes nothing.
docs/import-file.md describes the file.
"""
