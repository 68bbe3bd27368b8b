from argparse import Namespace
from pathlib import Path


def synthesize(options: Namespace) -> int:
    """`synthesize`: a world in the agency's tables."""
    from pipeline.core.terminal import counting
    from pipeline.demo.show import show_world
    from pipeline.demo.world import synthesize as write

    with counting("Synthetic Flanders") as progress:
        world = write(options.out, options.seed, options.scale, options.as_of, options.advance, progress)
    show_world(world)
    return 0


def demo(options: Namespace) -> int:
    """`demo`: a night, end to end, on the embedded default."""
    from pipeline.demo.run import run

    return run(Path(options.home).absolute(), options.scale, options.fail)


def airflow(options: Namespace) -> int:
    """`airflow`: the same parts under `airflow standalone`, with its UI."""
    from pipeline.demo.standalone import run

    return run(Path(options.home).absolute(), options.scale, options.port)
