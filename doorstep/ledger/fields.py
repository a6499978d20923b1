"""The one field for identities: canonical text in Python, `uuid` where the database has it."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from doorstep.kit import ids

LENGTH = 36
NOBODY = "00000000-0000-0000-0000-000000000000"  # is never given to anybody

if TYPE_CHECKING:
    _Text = models.CharField[Any, Any]
else:
    _Text = models.CharField


class IdField(_Text):
    """A canonical lower-case UUID. Its value is always `str`, whatever the database keeps."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LENGTH)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "uuid" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        # who looks for what is no id finds nothing, on either database; to keep it is an error
        if prepared and connection.vendor == "postgresql" and isinstance(value, str):
            value = value if ids.is_canonical(value) else NOBODY
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, *_: Any) -> str | None:
        return None if value is None else str(value)
