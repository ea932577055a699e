"""``python -m langtail_nb``: the same as the ``langtail-nb`` command."""

import sys

from langtail_nb._cli.main import main

sys.exit(main())
