"""Trains what basewise planned, with TRL and accelerate; `basewise train RECIPE.yaml --engine trl` writes the plan.

    accelerate launch --config_file accelerate.yaml train.py    in the folder of the plan
    python train.py --check                                     what this Python has and lacks, as JSON

basewise has laid out, tokenised, masked, packed and ordered the data; nothing of that is done again here. Progress is
written to events.jsonl, one JSON object a line; result.json is written last. A file named `stop` ends the run after its
step, with a checkpoint. The same command goes on from the last checkpoint.
"""

import hashlib
import json
import os
import shutil
import sys
import threading
import time
from importlib import metadata
from pathlib import Path

# the model lies beside this file, and nobody is told that it is trained
os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")

HERE = Path(__file__).resolve().parent
EVENTS = HERE / "events.jsonl"
CHECKPOINTS = HERE / "checkpoints"
RESULT = HERE / "result"
BEST = HERE / "best"
PROGRESS = "basewise.json"
REFERENCE = HERE / "reference.json"


def check():
    """What requirements.txt asks for and is not here, and the processors that there are."""
    from packaging.requirements import Requirement

    lines = (HERE / "requirements.txt").read_text().split()
    missing = []
    for wanted in map(Requirement, lines):
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            found = None
        if found is None or not wanted.specifier.contains(found, prereleases=True):
            missing.append({"name": wanted.name, "wanted": str(wanted.specifier), "found": found})
    devices = []
    if not any(one["name"] == "torch" for one in missing):
        import torch

        devices = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    print(json.dumps({"python": sys.version.split()[0], "missing": missing, "devices": devices}))


class Rows:
    """Rows of a file that basewise laid out, read from disk one by one."""

    def __init__(self, name):
        from safetensors import safe_open

        self.file = safe_open(HERE / name, framework="pt")
        self.starts = self.file.get_tensor("starts").tolist()  # of tokens and of segments, one more than rows
        self.ids, self.shares, self.lengths = (self.file.get_slice(n) for n in ("ids", "shares", "lengths"))
        # of preferences: segments are answers two by two, the better one first
        self.divisors = self.file.get_tensor("divisors") if "divisors" in self.file.keys() else None
        self.reference = {}  # ln p of answers to the starting weights, by their digests

    def __len__(self):
        return len(self.starts) - 1

    def row(self, i):
        import torch

        (token, segment), (token_end, segment_end) = self.starts[i], self.starts[i + 1]
        lengths = self.lengths[segment:segment_end].tolist()
        positions = [torch.arange(length) for length in lengths]
        return {
            "ids": self.ids[token:token_end].long(),
            "segments": torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths, dtype=torch.long)),
            "lengths": lengths,
            "shares": self.shares[token:token_end],
            "positions": torch.cat(positions) if positions else torch.empty(0, dtype=torch.long),
        }

    def batch(self, indices):
        """Rows side by side. A token sees those of its own segment alone: transformers masks by positions that begin
        anew. Padding is a segment of its own at every place, and has no share in the loss."""
        import torch

        rows = [self.row(i) for i in indices]
        places = max(2, *(len(row["ids"]) for row in rows))

        def padded(key, value):
            return torch.stack(
                [torch.nn.functional.pad(row[key], (0, places - len(row[key])), value=value) for row in rows]
            )

        ids, shares = padded("ids", 0), padded("shares", 0.0)
        inputs = {
            "input_ids": ids,
            "labels": ids.masked_fill(shares == 0, -100),
            "position_ids": padded("positions", 0),
            "shares": shares,
        }
        if self.divisors is None:
            return inputs
        answers = max(2, *(len(row["lengths"]) for row in rows))
        before, is_pair = torch.zeros(len(rows), answers), torch.zeros(len(rows), answers // 2)
        for at, row in enumerate(rows):
            is_pair[at, : len(row["lengths"]) // 2] = 1
            for answer, digest in enumerate(digests(row)):
                before[at, answer] = self.reference.get(digest, 0.0)
        pairs = {
            "segments": padded("segments", answers),  # padding belongs to none
            "before": before,
            "is_pair": is_pair,
            "divisors": self.divisors[torch.tensor(list(indices))],
        }
        return {**inputs, "pairs": pairs}


def digests(row):
    """What tells the answers of a row from all others: their tokens, and which of them are the prompt."""
    ids, shares = row["ids"].split(row["lengths"]), row["shares"].split(row["lengths"])
    return [
        hashlib.sha256(tokens.numpy().tobytes() + share.numpy().tobytes()).hexdigest() for tokens, share in zip(ids, shares)
    ]


def answers_of(log_probs, shares, pairs):
    """ln p and tokens of every answer, [rows, answers]."""
    import torch

    rows, answers = pairs["before"].shape
    segments = pairs["segments"][:, 1:]
    empty = torch.zeros(rows, answers + 1, device=log_probs.device, dtype=torch.float32)
    sums = empty.scatter_add(1, segments, log_probs.float() * shares)
    tokens = empty.scatter_add(1, segments, shares)
    return sums[:, :answers], tokens[:, :answers]


def pair_loss(log_probs, shares, pairs, comparison):
    """-ln sigmoid of every margin, as src/train/preference/loss.ts has it; and the sums of what is told of pairs."""
    import torch

    sums, tokens = answers_of(log_probs, shares, pairs)
    if comparison["loss"] == "simpo":
        rewards = comparison["beta"] * sums / tokens.clamp(min=1)
    else:
        rewards = comparison["beta"] * (sums - pairs["before"])
    pairwise = rewards[:, : 2 * pairs["is_pair"].shape[1]].unflatten(1, (-1, 2))
    chosen, rejected = pairwise[..., 0], pairwise[..., 1]
    losses = torch.nn.functional.softplus(comparison.get("gamma", 0) - (chosen - rejected)) * pairs["is_pair"]
    each = (torch.ones_like(losses), losses, (chosen > rejected).float(), chosen, rejected)
    told = torch.stack([(one * pairs["is_pair"]).sum() for one in each]).detach()
    return (losses.sum(1) / pairs["divisors"]).sum(), told


def preference_of(told):
    count, loss, right, chosen, rejected = told.tolist()
    of = max(1.0, count)
    return {
        "pairs": round(count),
        "loss": loss / of,
        "accuracy": right / of,
        "chosenReward": chosen / of,
        "rejectedReward": rejected / of,
    }


def main():
    import torch
    import transformers
    from accelerate.utils import gather_object
    from datasets import Dataset
    from torch.optim.lr_scheduler import LambdaLR
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    plan = json.loads((HERE / "plan.json").read_text())
    optimizer, batch = plan["optimizer"], plan["batch"]
    is_bf16 = plan["precision"] == "bf16"
    has_gpu = torch.cuda.is_available()
    if not has_gpu:
        torch.set_num_threads(plan["threads"])
    if not is_bf16:
        torch.set_float32_matmul_precision("highest")
    transformers.utils.logging.set_verbosity_error()

    model = AutoModelForCausalLM.from_pretrained(
        HERE / "model",
        dtype=torch.bfloat16 if is_bf16 and plan["adapter"] else torch.float32,
        local_files_only=True,
    )
    model.config.use_cache = False
    if plan["adapter"]:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, HERE / "adapter", is_trainable=True)
        if plan["checkpointing"]:
            model.enable_input_require_grads()
    learns_rows = any("trainable_tokens" in name for name, _ in model.named_parameters())
    tokenizer = AutoTokenizer.from_pretrained(HERE / "model", local_files_only=True)

    rows = Rows(plan["rows"])
    held_out = [
        {**source, "rows": Rows(source["rows"]), "pairs": Rows(source["pairs"]) if source["pairs"] else None}
        for source in plan["heldOut"]
    ]
    comparison = plan["comparison"]
    of_pairs = [] if comparison is None else [rows, *(source["pairs"] for source in held_out)]
    progress = {"best": None, "sinceBest": 0, "measured": 0}

    class Trainer(SFTTrainer):
        # shares add up to the mean over a whole step already
        loss_is_scaled_for_ga = True

        def create_optimizer(self, model=None):
            """AdamW as the recipe says, without decay for vectors."""
            if self.optimizer is None:
                named = (model or self.model).named_parameters()
                learned = [parameter for _, parameter in named if parameter.requires_grad]
                groups = [
                    {"params": [p for p in learned if p.ndim > 1], "weight_decay": optimizer["weightDecay"]},
                    {"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0.0},
                ]
                self.optimizer = torch.optim.AdamW(
                    [group for group in groups if group["params"]],
                    lr=optimizer["learningRate"],
                    betas=(optimizer["beta1"], optimizer["beta2"]),
                    eps=optimizer["epsilon"],
                )
            return self.optimizer

        def create_scheduler(self, num_training_steps, optimizer=None):
            """The rates that basewise computed, one a step."""
            rates, highest = plan["rates"], plan["optimizer"]["learningRate"]
            if self.lr_scheduler is None:
                self.lr_scheduler = LambdaLR(
                    optimizer or self.optimizer, lambda step: rates[min(step, len(rates) - 1)] / highest
                )
                self._created_lr_scheduler = True
            return self.lr_scheduler

        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            # gradients are averaged over processes
            loss, told = self.shared_loss(model, inputs)
            if told is not None:
                self.told = told if self.told is None else self.told + told
            return loss * self.accelerator.num_processes

        told = None  # of the pairs of this step

        def shared_loss(self, model, inputs):
            """The loss, and of preferences the sums of what is told of them."""
            log_probs, shares, pairs = self.log_probs(model, inputs)
            if pairs is None:
                return -(log_probs * shares).sum(), None
            return pair_loss(log_probs, shares, pairs, comparison)

        def log_probs(self, model, inputs):
            inputs = dict(inputs)
            pairs = inputs.pop("pairs", None)
            shares = inputs.pop("shares")[:, 1:]
            if learns_rows:
                # the fused head reads a matrix, and not what stands for some of its rows
                inputs.pop("labels")
                logits = model(**inputs, use_cache=False).logits[:, :-1].float()
                log_probs = -torch.nn.functional.cross_entropy(
                    logits.transpose(1, 2), inputs["input_ids"][:, 1:], reduction="none"
                )
            else:
                log_probs = model(**inputs, use_cache=False, fused_lm_head=True).log_probs
            return log_probs, shares, pairs

        def each_row(self, of, measure):
            """Sums what is measured of every row, the rows dealt out to the processes."""
            world, own = self.accelerator.num_processes, self.accelerator.process_index
            total = None
            for start in range(0, len(of), world):
                at = start + own
                # every process computes equally often; what there is no row for counts nothing
                inputs = self._prepare_inputs(of.batch([min(at, len(of) - 1)]))
                with torch.no_grad(), self.compute_loss_context_manager():
                    found = measure(inputs) * (at < len(of))
                total = found if total is None else total + found
            return self.accelerator.reduce(total)

        def measure_reference(self, resumed_at):
            """How likely the starting weights find each answer: once, before anything is learned."""
            if REFERENCE.exists():
                kept = json.loads(REFERENCE.read_text())
                if kept["plan"] == plan["fingerprint"]:
                    return kept["answers"]
            if resumed_at > 0:
                raise SystemExit("reference.json is gone, and the weights have learned since: start anew without checkpoints")
            known, needed = set(), []
            for of in of_pairs:
                for i in range(len(of)):
                    own = digests(of.row(i))
                    if not known.issuperset(own):
                        known.update(own)
                        needed.append((of, i, own))
            world, own = self.accelerator.num_processes, self.accelerator.process_index
            self.model_wrapped.eval()
            found = {}
            for start in range(0, len(needed), world):
                of, i, names = needed[min(start + own, len(needed) - 1)]
                with torch.no_grad(), self.compute_loss_context_manager():
                    sums, _ = answers_of(*self.log_probs(self.model_wrapped, self._prepare_inputs(of.batch([i]))))
                found.update(zip(names, sums[0].tolist()))
            self.model_wrapped.train()
            answers = {}
            for part in gather_object([found]):
                answers.update(part)
            if self.accelerator.is_main_process:
                part = REFERENCE.with_suffix(".part")
                part.write_text(json.dumps({"plan": plan["fingerprint"], "answers": answers}))
                part.replace(REFERENCE)
            return answers

        def evaluate(self, *_, **__):
            """The loss on each held-out file, its rows dealt out to the processes; once a step."""
            if progress["measured"] == self.state.global_step:
                return {}
            progress["measured"] = self.state.global_step
            model = self.model_wrapped
            model.eval()
            sums = [
                self.each_row(source["rows"], lambda inputs: self.shared_loss(model, inputs)[0]).item()
                for source in held_out
            ]
            told = [
                self.each_row(source["pairs"], lambda inputs: self.shared_loss(model, inputs)[1])
                for source in held_out
                if source["pairs"] is not None
            ]
            model.train()
            preference = preference_of(sum(told)) if told else None
            total = preference["loss"] if preference else sum(sums)
            best = progress["best"]
            is_best = best is None or total < best["nats"]
            if is_best:
                progress.update(best={"step": self.state.global_step, "nats": total}, sinceBest=0)
                self.save_model(str(BEST))
            else:
                progress["sinceBest"] += 1
            tell(
                {
                    "event": "evaluation",
                    "step": self.state.global_step,
                    "nats": sums,
                    **({"preference": preference} if preference else {}),
                    "isBest": is_best,
                }
            )
            if progress["sinceBest"] >= (plan["patience"] or float("inf")):
                self.control.should_training_stop = True
                self.control.should_save = True
            return {}

    def tell(event):
        if trainer.accelerator.is_main_process:
            with EVENTS.open("a") as file:
                file.write(json.dumps({**event, "time": int(time.time() * 1000)}) + "\n")

    def wants_stop():
        stops = torch.tensor(float((HERE / "stop").exists()), device=trainer.accelerator.device)
        return trainer.accelerator.reduce(stops).item() > 0  # all of them stop, or none

    class Told(TrainerCallback):
        def on_train_begin(self, args, state, control, **_):
            if comparison is not None and comparison["loss"] == "sigmoid":
                answers = trainer.measure_reference(state.global_step)
                for of in of_pairs:
                    of.reference = answers

        def on_log(self, args, state, control, logs=None, **_):
            if logs and "loss" in logs:
                preference = None
                if trainer.told is not None:
                    preference = preference_of(trainer.accelerator.reduce(trainer.told))
                    trainer.told = None
                tell(
                    {
                        "event": "step",
                        "step": state.global_step,
                        "loss": logs["loss"],
                        "gradientNorm": logs["grad_norm"],
                        "learningRate": logs["learning_rate"],
                        **({"preference": preference} if preference else {}),
                    }
                )

        def on_step_end(self, args, state, control, **_):
            if wants_stop():
                control.should_training_stop = control.should_save = True

        def on_save(self, args, state, control, **_):
            folder = CHECKPOINTS / f"checkpoint-{state.global_step}"
            if trainer.accelerator.is_main_process:
                (folder / PROGRESS).write_text(json.dumps(progress))
            tell({"event": "checkpoint", "step": state.global_step})

    trainer = Trainer(
        model=model,
        processing_class=tokenizer,
        train_dataset=Dataset.from_dict({"row": list(range(len(rows)))}),
        eval_dataset=Dataset.from_dict({"row": [0]}) if held_out else None,
        data_collator=lambda examples: rows.batch([example["row"] for example in examples]),
        callbacks=[Told()],
        args=SFTConfig(
            output_dir=str(CHECKPOINTS),
            max_steps=plan["steps"],
            per_device_train_batch_size=batch["rowsPerDevice"],
            gradient_accumulation_steps=batch["accumulate"],
            learning_rate=optimizer["learningRate"],
            max_grad_norm=optimizer["clipNorm"],
            bf16=is_bf16,
            gradient_checkpointing=plan["checkpointing"],
            seed=plan["seed"] % 2**32,
            use_cpu=not has_gpu and not torch.backends.mps.is_available(),
            train_sampling_strategy="sequential",
            dataset_kwargs={"skip_prepare_dataset": True},
            remove_unused_columns=False,
            max_length=None,
            eval_strategy="steps" if held_out else "no",
            eval_steps=plan["evaluateEvery"],
            save_strategy="steps",
            save_steps=plan["checkpointEvery"],
            save_total_limit=plan["keep"],
            logging_steps=1,
            logging_nan_inf_filter=False,
            disable_tqdm=True,
            report_to="none",
            ddp_find_unused_parameters=False,
        ),
    )
    if trainer.accelerator.num_processes != batch["devices"]:
        raise SystemExit(f"planned for {batch['devices']} processes, started as {trainer.accelerator.num_processes}")
    resumed_at, checkpoint = last_checkpoint()
    if checkpoint is not None:
        progress.update(json.loads((checkpoint / PROGRESS).read_text()))
    accelerator = trainer.accelerator
    kind = accelerator.distributed_type.value
    tell({"event": "begin", "resumedAt": resumed_at, "processes": accelerator.num_processes, "distributed": kind})
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))

    done = trainer.state.global_step
    is_spent = progress["sinceBest"] >= (plan["patience"] or float("inf"))
    if done < plan["steps"] and not is_spent:
        return  # stopped
    if held_out:
        trainer.evaluate()
    best = progress["best"]
    if best is None:
        trainer.save_model(str(RESULT))
    if trainer.accelerator.is_main_process:
        if best is not None:
            shutil.rmtree(RESULT, ignore_errors=True)
            BEST.replace(RESULT)
        facts = {
            "plan": plan["fingerprint"],
            "step": done,
            "from": best["step"] if best else done,
            "reason": "patience" if is_spent and done < plan["steps"] else "steps",
            "peakBytes": torch.cuda.max_memory_allocated() if has_gpu else process_peak(),
        }
        part = HERE / "result.json.part"
        part.write_text(json.dumps(facts))
        part.replace(HERE / "result.json")


def last_checkpoint():
    """The newest one that was saved whole: its progress is written last."""
    whole = [folder.parent for folder in CHECKPOINTS.glob(f"checkpoint-*/{PROGRESS}")]
    return max(((int(folder.name.rsplit("-", 1)[1]), folder) for folder in whole), default=(0, None))


def process_peak():
    """The most memory that this process has taken, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def end_with_basewise():
    """Ends this process when the one that follows it is gone: then its end of the pipe closes."""
    while os.read(0, 1):  # not sys.stdin, whose lock a thread that waits keeps at the end
        pass
    os._exit(1)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    else:
        if os.environ.get("BASEWISE_FOLLOWS") == "1":
            threading.Thread(target=end_with_basewise, daemon=True).start()
        main()
