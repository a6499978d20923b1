"""Django's settings. All that an installation owns lies in one folder, DOORSTEP_DATA.

Refuses to invent a secret key in memory: it is made once and kept beside the book.
"""

import os
import secrets
from pathlib import Path

from doorstep.config import databases

DATA = Path(os.environ.get("DOORSTEP_DATA", "data")).absolute()


def _secret() -> str:
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = DATA / "secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text()


SECRET_KEY = _secret()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("DOORSTEP_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "doorstep.ledger",
    "doorstep.registry",
    "doorstep.orders",
    "doorstep.rounds",
    "doorstep.operations.sampling",
    "doorstep.face",
    "doorstep.command",
    "doorstep.field",
    "doorstep.config",
]
AUTH_USER_MODEL = "registry.Staff"
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
ROOT_URLCONF = "doorstep.config.urls"
WSGI_APPLICATION = "doorstep.config.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": databases.read_address(os.environ.get("DOORSTEP_DATABASE", ""), DATA)}
# A push before inflation; field.api answers 413 with this limit.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 << 20
