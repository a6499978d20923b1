"""Tests keep their own data folder, away from any installation on this machine."""

import os
import tempfile

os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-test-")
