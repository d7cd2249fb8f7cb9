"""Every query about stored files: written once in pieces, read in slices, deleted in time.

A file lives in PostgreSQL, so that whichever process took it in, any worker can read it.
Each piece is its own transaction; an upload that breaks off leaves an incomplete file that
`purge` finds by its `delete_after`.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from shared.db import Connection, Database

CHUNK_BYTES: Final = 1024 * 1024
UPLOAD_TAKES_AT_MOST: Final = timedelta(hours=6)


async def begin(tx: Connection, file_id: UUID, organization_id: UUID) -> None:
    """A file about to be written; deleted by itself when it is never completed."""
    await tx.execute(
        "INSERT INTO stored_file (id, organization_id, delete_after) VALUES (%s, %s, now() + %s)",
        (file_id, organization_id, UPLOAD_TAKES_AT_MOST),
    )


async def append(
    tx: Connection, file_id: UUID, organization_id: UUID, no: int, data: bytes | bytearray
) -> None:
    """The next piece; every piece but the last has CHUNK_BYTES."""
    await tx.execute(
        "INSERT INTO file_chunk (file_id, no, organization_id, bytes) VALUES (%s, %s, %s, %b)",
        (file_id, no, organization_id, data),
    )


async def complete(tx: Connection, file_id: UUID, byte_size: int, digest: str) -> None:
    """The whole file is here, and stays."""
    await tx.execute(
        "UPDATE stored_file SET byte_size = %s, digest = %s, delete_after = NULL WHERE id = %s",
        (byte_size, digest, file_id),
    )


async def delete(tx: Connection, file_id: UUID) -> None:
    """The file and its pieces, now."""
    await tx.execute("DELETE FROM stored_file WHERE id = %s", (file_id,))


async def piece(tx: Connection, file_id: UUID, offset: int) -> bytes:
    """From `offset` to the end of the piece it lies in; empty at the end of the file."""
    no, start = divmod(offset, CHUNK_BYTES)
    cursor = await tx.execute(
        "SELECT substring(bytes FROM %s) AS bytes FROM file_chunk WHERE file_id = %s AND no = %s",
        (start + 1, file_id, no),
        binary=True,
    )
    row = await cursor.fetchone()
    return bytes(row["bytes"]) if row else b""


async def exists(tx: Connection, file_id: UUID) -> bool:
    """Whether the content is still kept."""
    cursor = await tx.execute("SELECT 1 FROM stored_file WHERE id = %s", (file_id,))
    return await cursor.fetchone() is not None


async def expired(tx: Connection, now: datetime, *, limit: int = 20) -> list[UUID]:
    """Lock up to `limit` files whose time has come. Served by ix_stored_file_delete_after."""
    cursor = await tx.execute(
        "SELECT id FROM stored_file WHERE delete_after <= %s"
        " ORDER BY delete_after LIMIT %s FOR UPDATE SKIP LOCKED",
        (now, limit),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def slices(
    tx: Connection, wanted: Sequence[tuple[UUID, int, int]]
) -> dict[tuple[UUID, int], bytes]:
    """Parts of files, each (file, start, end), by file and start; what is gone is missing."""
    cursor = await tx.execute(
        """
        SELECT w.file_id, w.start, substring(c.bytes
            FROM greatest(w.start - c.no::bigint * %(chunk)s, 0)::int + 1
            FOR least(w.stop - c.no::bigint * %(chunk)s, %(chunk)s)::int
                - greatest(w.start - c.no::bigint * %(chunk)s, 0)::int) AS bytes
        FROM unnest(%(files)s::uuid[], %(starts)s::bigint[], %(stops)s::bigint[])
            AS w(file_id, start, stop)
        JOIN file_chunk c ON c.file_id = w.file_id
            AND c.no BETWEEN w.start / %(chunk)s AND (w.stop - 1) / %(chunk)s
        ORDER BY w.file_id, w.start, c.no
        """,
        {
            "chunk": CHUNK_BYTES,
            "files": [file_id for file_id, _, _ in wanted],
            "starts": [start for _, start, _ in wanted],
            "stops": [stop for _, _, stop in wanted],
        },
        binary=True,
    )
    found: dict[tuple[UUID, int], bytes] = {}
    for row in await cursor.fetchall():
        key = row["file_id"], row["start"]
        found[key] = found.get(key, b"") + bytes(row["bytes"])
    return found


async def content(db: Database, organization_id: UUID, file_id: UUID) -> AsyncIterator[bytes]:
    """A whole file, a piece at a time."""
    offset = 0
    while True:
        async with db.transaction(organization_id) as tx:
            data = await piece(tx, file_id, offset)
        if not data:
            return
        yield data
        offset += len(data)
