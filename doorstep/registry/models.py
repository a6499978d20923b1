"""The registry's tables."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Staff(AbstractBaseUser):
    """Someone who signs in or writes with a device."""

    id = models.CharField(max_length=36, primary_key=True)
    name = models.CharField(max_length=64)
    account = models.CharField(max_length=64, unique=True)

    USERNAME_FIELD = "account"
