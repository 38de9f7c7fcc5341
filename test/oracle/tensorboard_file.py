"""Reads the event files in a folder with TensorBoard's own reader and prints every scalar as JSON.

Needs tensorboard 2.20 or later. Usage: python test/oracle/tensorboard_file.py FOLDER
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
accumulator.Reload()
print(
    json.dumps(
        {
            tag: [[event.step, event.value, event.wall_time] for event in accumulator.Scalars(tag)]
            for tag in accumulator.Tags()["scalars"]
        }
    )
)
