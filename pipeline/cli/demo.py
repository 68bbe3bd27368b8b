"""The commands `synthesize`, `demo`, `airflow` and `dags-folder`."""

from argparse import Namespace
from pathlib import Path

from pipeline.core.package_data import data_folder


def synthesize_command(options: Namespace) -> int:
    """Write a world into the agency's tables."""
    from pipeline.core.terminal import counting
    from pipeline.demo.show import show_world
    from pipeline.demo.world import synthesize

    with counting("Synthetic Flanders") as progress:
        world = synthesize(options.out, options.seed, options.scale, options.as_of, options.advance, progress)
    show_world(world)
    return 0


def demo_command(options: Namespace) -> int:
    """Run a night, end to end, on the embedded default."""
    from pipeline.demo.run import run_demo

    return run_demo(Path(options.home).absolute(), options.scale, options.fail)


def airflow_command(options: Namespace) -> int:
    """Run the same parts under `airflow standalone`, with its UI."""
    from pipeline.demo.standalone import run_standalone

    return run_standalone(Path(options.home).absolute(), options.scale, options.port)


def dags_folder_command(_options: Namespace) -> int:
    """Print where the DAG files are."""
    print(data_folder("dags"))
    return 0
