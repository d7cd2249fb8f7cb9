"""What identity refuses."""

from http import HTTPStatus

from shared.auth import Role
from shared.problems import Conflict, Forbidden, Problem, TooManyRequests, Unauthorized


class BadCredentials(Unauthorized):
    """The e-mail and the password do not belong together; it is not said which is wrong."""

    slug = "bad-credentials"
    title = "E-mail or password is wrong"

    def __init__(self) -> None:
        super().__init__("There is no active user with this e-mail and password.")


class TooManyAttempts(TooManyRequests):
    """Too many attempts to log in as this user from this address; wait."""

    slug = "too-many-attempts"
    title = "Too many attempts to log in"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"Too many attempts for this e-mail from your address; wait {retry_after} s.",
            retry_after=retry_after,
        )


class RefreshTokenInvalid(Unauthorized):
    """The refresh token is unknown, expired or revoked; log in again."""

    slug = "refresh-token-invalid"
    title = "The refresh token does not hold"

    def __init__(self) -> None:
        super().__init__("The refresh token is unknown, expired or revoked; log in again.")


class RefreshTokenReused(Unauthorized):
    """The refresh token had been exchanged before, so it may be stolen: its session has ended."""

    slug = "refresh-token-reused"
    title = "The refresh token was used twice"

    def __init__(self) -> None:
        super().__init__(
            "This refresh token had been exchanged before. Somebody may have copied it, so the"
            " session has ended; log in again."
        )


class EmailTaken(Conflict):
    """Another user has this e-mail address."""

    slug = "email-taken"
    title = "The e-mail address is taken"

    def __init__(self, email: str) -> None:
        super().__init__(f"A user with the e-mail address {email} exists.", email=email)


class LastAdministrator(Conflict):
    """The last active administrator cannot be removed, demoted or deactivated."""

    slug = "last-administrator"
    title = "The last administrator stays"

    def __init__(self, role: Role) -> None:
        super().__init__(
            f"This is the last active {role}; make somebody else one first.", role=role.value
        )


class RoleTooHigh(Forbidden):
    """Nobody manages a user above their own role, or makes one."""

    slug = "role-too-high"
    title = "The role is above yours"

    def __init__(self, role: Role) -> None:
        super().__init__(f"A {role} is above your own role.", role=role.value)


class HomeMismatch(Problem):
    """A platform_admin has no organization, and everyone else has one."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "role-and-organization"
    title = "Role and organization do not go together"

    def __init__(self) -> None:
        super().__init__(
            "A platform_admin belongs to no organization; every other user needs one:"
            " `organization_id`, or the header X-Organization-Id."
        )
