"""Print a pip constraint for the lower bound of each dependency a kernel meets, read off pyproject.toml.

Not for the tools that only tests use. ipykernel comes with what runs notebooks and has no bound of ours;
6.29.5 is the oldest that is promised.
"""

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

for requirement in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["local"]]:
    name, bound = re.fullmatch(r"([\w.-]+)>=([\w.]+)", requirement).groups()
    print(f"{name}=={bound}")
print("ipykernel==6.29.5")
