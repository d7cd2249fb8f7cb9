"""HTTP: files in, and what became of them out."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sse_starlette import EventSourceResponse
from starlette.requests import ClientDisconnect

from services.ingestion.files import store as files
from services.ingestion.files.upload import Upload, receive
from services.ingestion.imports import columns, operations, store
from services.ingestion.imports.columns import Layout
from services.ingestion.imports.model import ErrorSource, ImportJob, ImportStatus, RowError
from services.ingestion.imports.progress import progress
from services.ingestion.imports.report import report
from services.ingestion.imports.views import ImportOut, RowErrorOut
from services.ingestion.problems import (
    FileDeleted,
    FileMissing,
    FileTooLarge,
    ImportOver,
    UploadUnreadable,
)
from services.ingestion.settings import settings
from shared import idempotency
from shared.auth import Caller, Principal, Role, allow
from shared.db import Database, raw
from shared.http import APIRouter, OrganizationId, Session, Transactional, etag
from shared.ids import new_id
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, problem_docs
from shared.tenancy import Organization, UnknownOrganization, load_organization

READ: Final = [allow(Role.CLERK, Role.COLLECTOR, Role.READ_ONLY)]
WRITE: Final = [allow(Role.CLERK)]
CSV: Final = "text/csv; charset=utf-8"

CSV_DOCUMENTED: Final[dict[str, Any]] = {"content": {"text/csv": {"schema": {"type": "string"}}}}
MULTIPART: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "CSV; docs/import-file.md describes its columns.",
                        }
                    },
                }
            }
        },
    }
}

router = APIRouter(prefix="/imports", tags=["imports"], route_class=Transactional)


@router.post(
    "",
    status_code=202,
    dependencies=WRITE,
    response_model=ImportOut,
    responses=problem_docs(UploadUnreadable, FileMissing, FileTooLarge, UnknownOrganization),
    openapi_extra=MULTIPART,
)
async def start_import(
    request: Request, caller: Caller, organization_id: OrganizationId
) -> Response:
    """Take a file in; a worker reads it from now on. Follow the import for what becomes of it."""
    key = idempotency.given_key(request)
    database: Database = request.app.state.database
    async with database.transaction(organization_id) as tx:
        organization = await load_organization(tx, organization_id)
    upload = await receive(
        database,
        organization_id,
        new_id(),
        request.headers.get("content-type", ""),
        _body(request),
        limit=settings().max_file_bytes,
    )
    return await _start(request, caller, organization, upload, key)


async def _start(
    request: Request, caller: Principal, organization: Organization, upload: Upload, key: str | None
) -> Response:
    """Make an uploaded file a job, in one transaction with its answer under the key.

    When that fails the file is incomplete for good, and purge_files deletes it.
    """
    database: Database = request.app.state.database
    print_ = idempotency.fingerprint(request, f"{upload.digest} {upload.file_name}".encode())
    async with database.session(organization.id) as session:
        tx = await raw(session)
        if key and (stored := await idempotency.claim(tx, organization.id, key, print_)):
            await files.delete(tx, upload.file_id)
            return idempotency.replay(stored)
        await files.complete(tx, upload.file_id, upload.byte_size, upload.digest)
        await store.create_job(tx, organization.id, upload, organization.currency, caller)
        await operations.wake_reader(tx)
        job = await _find(session, organization.id, upload.file_id)
        response = Response(
            ImportOut.of(job).model_dump_json(),
            status_code=202,
            headers={"Location": f"/imports/{job.id}", "ETag": etag(job.version)},
            media_type="application/json",
        )
        if key:
            await idempotency.store(tx, organization.id, key, print_, response)
    return response


@router.get("", dependencies=READ)
async def list_imports(
    session: Session,
    organization_id: OrganizationId,
    paging: Paging,
    status: Annotated[ImportStatus | None, Query()] = None,
) -> Page[ImportOut]:
    """The organization's imports, the latest first."""
    query = select(ImportJob).where(ImportJob.organization_id == organization_id)
    if status is not None:
        query = query.where(ImportJob.status == status.value)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={
            "created_at": ImportJob.created_at.expression,
            "finished_at": ImportJob.finished_at.expression,
            "file_name": ImportJob.file_name.expression,
            "byte_size": ImportJob.byte_size.expression,
            "rows": ImportJob.rows.expression,
            "rows_refused": ImportJob.rows_refused.expression,
        },
        default="-created_at",
        key=ImportJob.id.expression,
    )
    return Page(items=[ImportOut.of(job) for (job,) in rows], next=following)


@router.get(
    "/template.csv", dependencies=READ, response_class=Response, responses={200: CSV_DOCUMENTED}
)
async def get_import_template() -> Response:
    """A file to start from: every column, with two rows for example."""
    return Response(columns.template(), media_type=CSV, headers=_attachment("template.csv"))


@router.get("/{import_id}", dependencies=READ)
async def get_import(
    import_id: UUID, session: Session, organization_id: OrganizationId, response: Response
) -> ImportOut:
    """One import: where it is, and its counts so far."""
    job = await _find(session, organization_id, import_id)
    response.headers["ETag"] = etag(job.version)
    return ImportOut.of(job)


@router.post("/{import_id}/cancel", dependencies=WRITE, responses=problem_docs(ImportOver))
async def cancel_import(
    import_id: UUID, session: Session, organization_id: OrganizationId
) -> ImportOut:
    """Read no further. Rows that have been handed on stay applied, and are still counted."""
    tx = await raw(session)
    if await store.cancel(tx, organization_id, import_id):
        await operations.finish(tx, [import_id])
        return ImportOut.of(await _find(session, organization_id, import_id))
    job = await _find(session, organization_id, import_id)
    raise ImportOver(import_id, job.status)


@router.get("/{import_id}/errors", dependencies=READ)
async def list_import_errors(
    import_id: UUID,
    session: Session,
    organization_id: OrganizationId,
    paging: Paging,
    column: Annotated[str | None, Query(max_length=100)] = None,
    source: Annotated[ErrorSource | None, Query()] = None,
) -> Page[RowErrorOut]:
    """What is wrong with which row, in the order of the file."""
    await _find(session, organization_id, import_id)
    query = select(RowError).where(
        RowError.import_id == import_id, RowError.organization_id == organization_id
    )
    if column is not None:
        query = query.where(RowError.column == column)
    if source is not None:
        query = query.where(RowError.source == source)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"line": RowError.line.expression},
        default="line",
        key=RowError.no.expression,
    )
    return Page(items=[RowErrorOut.of(error) for (error,) in rows], next=following)


@router.get(
    "/{import_id}/errors.csv",
    dependencies=READ,
    response_class=StreamingResponse,
    responses={200: CSV_DOCUMENTED},
)
async def get_import_error_report(
    import_id: UUID, request: Request, session: Session, organization_id: OrganizationId
) -> StreamingResponse:
    """The refused rows as a CSV to correct and upload again; the reasons come first."""
    job = await _find(session, organization_id, import_id)
    layout = Layout.from_json(job.layout) if job.layout else None
    database: Database = request.app.state.database
    return StreamingResponse(
        report(database, organization_id, import_id, layout),
        media_type=CSV,
        headers=_attachment(f"errors-{job.file_name}"),
    )


@router.get(
    "/{import_id}/file",
    dependencies=READ,
    response_class=StreamingResponse,
    responses={200: CSV_DOCUMENTED, **problem_docs(FileDeleted)},
)
async def get_import_file(
    import_id: UUID, request: Request, session: Session, organization_id: OrganizationId
) -> StreamingResponse:
    """The file as it was uploaded, while it is kept."""
    job = await _find(session, organization_id, import_id)
    if not await files.exists(await raw(session), import_id):
        raise FileDeleted(import_id)
    database: Database = request.app.state.database
    return StreamingResponse(
        files.content(database, organization_id, import_id),
        media_type=CSV,
        headers=_attachment(job.file_name),
    )


@router.get(
    "/{import_id}/events",
    dependencies=READ,
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow_import(
    import_id: UUID, request: Request, session: Session, organization_id: OrganizationId
) -> EventSourceResponse:
    """Server-sent events: `progress` with the import whenever it changed, `end` when it is over."""
    await _find(session, organization_id, import_id)
    database: Database = request.app.state.database
    pace = settings().progress_seconds
    return EventSourceResponse(
        progress(database, organization_id, import_id, pace_seconds=pace), ping=15
    )


async def _find(session: AsyncSession, organization_id: UUID, import_id: UUID) -> ImportJob:
    job: ImportJob | None = await session.scalar(
        select(ImportJob)
        .where(ImportJob.id == import_id, ImportJob.organization_id == organization_id)
        .execution_options(populate_existing=True)
    )
    if job is None:
        raise NotFound("import", import_id)
    return job


async def _body(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives; raises UploadUnreadable when the caller goes away."""
    try:
        async for data in request.stream():
            yield data
    except ClientDisconnect as error:
        raise UploadUnreadable("The connection ended before the body did.") from error


def _attachment(name: str) -> dict[str, str]:
    """The header that makes a browser save the answer under a name (RFC 6266)."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
