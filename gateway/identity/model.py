"""Users and their sessions, as stored."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Enum, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.auth import Role
from shared.db import NAMING


class Base(DeclarativeBase):
    """The gateway's own registry; tables are made by the migrations."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        Role: Enum(Role, native_enum=False, length=32, values_callable=list),
    }


class User(Base):
    """A person who logs in. Never erased, because what they did names them.

    `email` is lower-case and unique in the whole installation: it alone says who logs in.
    """

    __tablename__ = "app_user"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column()
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[Role]
    password_hash: Mapped[str]
    active: Mapped[bool]
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - the base declares it so


class RefreshToken(Base):
    """One link of a session: exchanged once for an access token and the next link.

    Only its hash is kept. `family_id` is the session; `ends_at` is when the session ends
    however often it is refreshed.
    """

    __tablename__ = "refresh_token"

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    family_id: Mapped[UUID]
    user_id: Mapped[UUID]
    organization_id: Mapped[UUID | None]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
