"""The naive payments endpoint: FastAPI, a session per request, the ORM."""

import os
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from benchmarks.naive.operations import Overpayment, record_payment

app = FastAPI()
engine = create_async_engine(
    os.environ["NAIVE_DATABASE"].replace("postgresql://", "postgresql+psycopg://", 1),
    pool_size=20,
)


class PaymentIn(BaseModel):
    """Money that someone brings."""

    invoice_id: UUID
    amount_minor: int


class PaymentOut(BaseModel):
    """The payment as recorded."""

    id: UUID
    customer_id: UUID
    amount_minor: int


async def session() -> AsyncIterator[AsyncSession]:
    """One transaction per request."""
    async with AsyncSession(engine, expire_on_commit=False) as opened, opened.begin():
        yield opened


@app.post("/payments", status_code=201)
async def post_payment(
    payment: PaymentIn,
    db: Annotated[AsyncSession, Depends(session, scope="function")],
    idempotency_key: Annotated[str, Header()],
) -> PaymentOut:
    """Record a payment."""
    try:
        made = await record_payment(
            db, payment.invoice_id, payment.amount_minor, key=idempotency_key
        )
    except Overpayment as error:
        raise HTTPException(409, "more than is open") from error
    return PaymentOut(id=made.id, customer_id=made.customer_id, amount_minor=made.amount_minor)
