"""Kernels that talk over sockets in a folder of their own: no port is chosen, so none can be taken meanwhile.

A plug-in of jupyter_client, found by the folder beside it on ``PYTHONPATH`` and asked for by
``JUPYTER_DEFAULT_PROVISIONER_NAME``. So all that starts a kernel starts such a one: these tests, nbclient,
papermill, nbval, JupyterLab, a demo. Everything else of a kernel is as it always is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

FOLDER = "OWN_SOCKETS"


class OwnSockets(LocalProvisioner):
    """Starts a kernel here, with a folder for its sockets under the one that ``OWN_SOCKETS`` names."""

    folder: str | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Name the sockets; a kernel that is started again keeps them."""
        if self.folder is None:
            # A socket's path has 107 bytes at most.
            self.folder = tempfile.mkdtemp(dir=os.environ[FOLDER])
            self.parent.transport, self.parent.ip = "ipc", os.path.join(self.folder, "s")
        return await super().pre_launch(**kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        """Take the folder away with the kernel."""
        await super().cleanup(restart)
        if not restart and self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
