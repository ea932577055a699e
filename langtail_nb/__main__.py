"""``python -m langtail_nb``: the same as the ``langtail-nb`` command."""

import sys

from langtail_nb._environment import path_without_folder

# -m puts the working directory first, and a file there may be called as a module of the library is.
sys.path[:] = path_without_folder()

from langtail_nb._cli.main import main  # noqa: E402

sys.exit(main())
