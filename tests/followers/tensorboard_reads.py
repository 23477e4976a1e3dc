#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tensorboard_reads.py RUN: what TensorBoard's own reader finds in RUN/tensorboard is what RUN/metrics.jsonl says."""

import json
import pathlib
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def expected_scalars(run):
    """{tag: {step: value}} by metrics.jsonl."""
    scalars = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "epoch":
            scalars.setdefault("train/objective", {})[event["epoch"]] = event["objective"]
            scalars.setdefault("seconds/train", {})[event["epoch"]] = event["elapsed_s"]
        if event["event"] == "evaluation":
            for name, metric in event["metrics"].items():
                scalars.setdefault(f"{event['part']}/{name}", {})[event["epoch"]] = metric["value"]
    return scalars


def main():
    run = pathlib.Path(sys.argv[1])
    reader = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0})
    reader.Reload()
    found = set(reader.Tags()["scalars"])
    expected = expected_scalars(run)
    assert found == set(expected) | {"seconds/epoch"}, (found, set(expected))
    assert reader.file_version == 2.0, reader.file_version
    checked = 0
    for tag, steps in expected.items():
        # An evaluation at the end has the epoch of the last one of the loop: the last value of a step counts.
        events = {event.step: event.value for event in reader.Scalars(tag)}
        assert set(events) == set(steps), (tag, events, steps)
        for step, value in steps.items():
            assert events[step] == struct.unpack("f", struct.pack("f", value))[0], (tag, step, events[step], value)
            checked += 1
    assert checked > 12, checked
    print(f"TensorBoard reads {len(found)} curves, {checked} values equal to metrics.jsonl")


if __name__ == "__main__":
    main()
