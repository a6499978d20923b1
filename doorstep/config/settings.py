"""Django's settings. All that an installation owns lies in one folder, DOORSTEP_DATA.

Refuses to invent a secret key in memory: it is made once and kept beside the book.
"""

import os
import secrets
from pathlib import Path

from doorstep.config import databases

ROOT = Path(__file__).parents[2]
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
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "doorstep.ledger",
    "doorstep.registry",
    "doorstep.orders",
    "doorstep.rounds",
    "doorstep.operations.sampling",
    "doorstep.operations.programme",
    "doorstep.face",
    "doorstep.command",
    "doorstep.field",
    "doorstep.public",
    "doorstep.config",
]
AUTH_USER_MODEL = "registry.Staff"
PASSWORD_HASHERS = ["doorstep.face.accounts.Argon2"]
AUTHENTICATION_BACKENDS = ["doorstep.face.accounts.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "face:sign_in"
MIDDLEWARE = [
    "doorstep.face.middleware.Headers",
    "django.middleware.security.SecurityMiddleware",
    "doorstep.face.middleware.Compressed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "doorstep.face.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "doorstep.face.middleware.NoNul",
    "doorstep.face.middleware.Refusals",
]
# A session is a signed cookie: signing in writes nothing. It lasts one shift.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME = "doorstep_session"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "doorstep.face.errors.csrf_failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SECURE_HSTS_SECONDS = 31_536_000  # sent only over https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"  # for browsers that know no frame-ancestors
# `check --deploy` asks for these of every site
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the names below a server's own are other machines
    "security.W008",  # one port speaks https or, on the machine itself, http: none to redirect from
    "security.W011",  # cookies are marked secure by face.middleware where https is spoken
    "security.W016",  # and these too
    "security.W021",  # an office's own name or address is on no browser's list
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "doorstep.face.frame.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "doorstep.face.templatetags.face",
            ],
        },
    }
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "中文")]
LANGUAGE_COOKIE_NAME = "doorstep_language"
LANGUAGE_COOKIE_AGE = 365 * 86_400
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [ROOT / "doorstep" / "locale"]
STATIC_URL = "/static/"
STATICFILES_DIRS = [
    ("lib", ROOT / "node_modules" / "htmx.org" / "dist"),
    ("lib", ROOT / "node_modules" / "echarts" / "dist"),
    ("lib/zxing", ROOT / "node_modules" / "zxing-wasm" / "dist" / "iife" / "reader"),
    ("lib/zxing", ROOT / "node_modules" / "zxing-wasm" / "dist" / "reader"),
]
# served from where they lie: nothing to collect, and a changed file shows within five minutes
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 300
ROOT_URLCONF = "doorstep.config.urls"
WSGI_APPLICATION = "doorstep.config.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": databases.read_address(os.environ.get("DOORSTEP_DATABASE", ""), DATA)}
# A push before inflation; field.api answers 413 with this limit.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 << 20
