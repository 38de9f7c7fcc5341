"""Runs the program of a plan, in whose folder it is started, sharded by FSDP2 over processes of the CPU.

accelerate shards on GPUs alone: to it these processes are some, and all else is as it is on them.

    torchrun --nproc_per_node 2 fsdp_on_cpu.py
"""

import os
import runpy
import sys

os.environ.update(
    ACCELERATE_USE_CPU="true",
    ACCELERATE_USE_FSDP="true",
    FSDP_VERSION="2",
    FSDP_AUTO_WRAP_POLICY="TRANSFORMER_BASED_WRAP",
    FSDP_RESHARD_AFTER_FORWARD="true",
    FSDP_STATE_DICT_TYPE="FULL_STATE_DICT",
    FSDP_OFFLOAD_PARAMS="false",
)

from accelerate.state import DistributedType, PartialState  # noqa: E402

begin = PartialState.__init__


def begin_as_gpus(self, *args, **kwargs):
    begin(self, *args, **kwargs)
    if self._shared_state.get("distributed_type") == DistributedType.MULTI_CPU:
        self._shared_state["distributed_type"] = DistributedType.MULTI_GPU


PartialState.__init__ = begin_as_gpus
sys.argv = ["train.py"]
runpy.run_path("train.py", run_name="__main__")
