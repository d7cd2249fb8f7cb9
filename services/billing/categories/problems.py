"""Refusals about categories."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class CategoryUnknown(Problem):
    """The organization has no such category."""

    status = HTTPStatus.NOT_FOUND
    slug = "category-unknown"
    title = "Category unknown"

    def __init__(self, category_id: UUID) -> None:
        super().__init__(f"There is no category {category_id}.", category_id=category_id)


class CategoryInactive(Problem):
    """New items take active categories only."""

    status = HTTPStatus.CONFLICT
    slug = "category-inactive"
    title = "Category is inactive"

    def __init__(self, category_id: UUID) -> None:
        super().__init__(f"Category {category_id} is inactive.", category_id=category_id)


class CategoryNameTaken(Problem):
    """Names of categories are unique, whatever their capitals."""

    status = HTTPStatus.CONFLICT
    slug = "category-name-taken"
    title = "The name is taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a category {name!r} already.", name=name)


class CategoryIsDefault(Problem):
    """The default category stays active and stays the default until another one becomes it."""

    status = HTTPStatus.CONFLICT
    slug = "category-is-default"
    title = "The category is the default"

    def __init__(self, category_id: UUID) -> None:
        super().__init__(
            f"Category {category_id} is what items have when they name none; make another one"
            " the default first.",
            category_id=category_id,
        )
