"""What ``%load_ext langtail_nb`` adds to a running IPython: CPU time, median of fresh kernels.

    python benchmarks/load_ext.py [--kernels 9]

CPU time of the kernel's process, all its threads, around the one line magic. Each figure is from a kernel of
its own, since a module is imported once; the first kernel, which may still compile bytecode, is left out.
"""

from __future__ import annotations

import argparse
import statistics

from jupyter_client.manager import start_new_kernel

_CELL = """
import time as _time
_before = _time.process_time()
get_ipython().run_line_magic("load_ext", {extension!r})
print(_time.process_time() - _before)
"""


def cpu_ms(extension: str) -> float:
    """Return the CPU milliseconds that loading an extension takes in a fresh kernel."""
    manager, client = start_new_kernel(kernel_name="python3")
    said: list[str] = []

    def listen(message: dict[str, object]) -> None:
        if message["msg_type"] == "stream":
            said.append(message["content"]["text"])  # type: ignore[index]

    try:
        reply = client.execute_interactive(_CELL.format(extension=extension), output_hook=listen, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]
        return float(said[-1]) * 1000
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kernels", type=int, default=9)
    options = parser.parse_args()
    cpu_ms("langtail_nb")
    figures = [cpu_ms("langtail_nb") for _ in range(options.kernels)]
    spread = f"{min(figures):.0f} to {max(figures):.0f}, {options.kernels} kernels"
    print(f"%load_ext langtail_nb: {statistics.median(figures):.0f} ms of CPU ({spread})")


if __name__ == "__main__":
    main()
