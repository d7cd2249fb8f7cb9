"""The place in a list of differences, as an opaque text."""

import base64
import binascii
import json
from uuid import UUID

from services.collections.policies.document import StageKind
from services.collections.whatif.model import WhatIfStep
from shared.pages import BadCursor

Place = tuple[str, UUID, UUID, int]
MOST_PLACE = 2**31 - 1


def written_place(step: WhatIfStep) -> str:
    """The cursor of whatever follows a step."""
    place = [step.stage_kind, str(step.customer_id), str(step.subject_id), step.place]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).rstrip(b"=").decode()


def read_place(cursor: str) -> Place:
    """The place a cursor names; BadCursor for anything `written_place` did not make."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        kind, customer_id, subject_id, place = json.loads(text)
        number = int(place)
        if not 0 <= number <= MOST_PLACE:
            raise BadCursor
        return StageKind(kind).value, UUID(customer_id), UUID(subject_id), number
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
        raise BadCursor from error
