"""The agency's control rows, written last."""

from datetime import datetime

import pyarrow as pa

from pipeline.demo.world.schema import FEEDS, rows


def control(counts: dict[str, int], produced_at: datetime) -> pa.Table:
    """The agency's own word on each feed: when it was produced and how many rows it has."""
    return rows("feed_control", [{"feed": f, "produced_at": produced_at, "row_count": counts[f]} for f in FEEDS])
