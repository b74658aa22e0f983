"""Deliberate breakages of what is promised about state, and the tests that must see each of them.

Each is one edit: a text that stands exactly once in a file, and what takes its place. `bench/proof_mutations.py` makes
them one by one in a copy.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """`old` becomes `new` in src/lamina/`file`; of `tests`, as pytest names them under tests/, one must go red."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


FINITE, SESSION, MEMORY = "train/test_finite.py", "train/test_session.py", "train/test_memory.py"
RESUMED = f"{SESSION}::test_a_stopped_run_goes_on_as_if_it_had_not"
LOOP, MOVER, ORDER, BATCHES = "train/test_loop.py", "train/test_mover.py", "train/test_order.py", "data/test_batches.py"
CHECKPOINT, EXAM = "run/test_checkpoint.py", "contract/test_objectives.py"
SHARDS = "train/test_shards.py"
COMES_BACK = f"{EXAM}::test_all_that_has_state_comes_back_from_a_checkpoint"

MUTATIONS = (
    # --- a step ---
    Mutation(
        "a step is taken from numbers that are not finite",
        "train/mover.py",
        "            if not self.finite:\n                return\n",
        "",
        (f"{FINITE}::test_a_bad_row_moves_nothing_and_is_named",),
    ),
    Mutation(
        "a step that failed once is not tried again",
        "train/loop.py",
        "return one(plan) or one(plan), plan",
        "return one(plan), plan",
        (f"{FINITE}::test_a_step_that_fails_once_is_taken_again_as_if_it_never_had",),
    ),
    Mutation(
        "running statistics of a failed step stay",
        "train/mover.py",
        "[*zip(self.buffers, self.before, strict=True), *past]",
        "past",
        (f"{FINITE}::test_a_bad_row_moves_nothing_and_is_named",),
    ),
    Mutation(
        "a player who moved before the step failed stays where it went",
        "train/mover.py",
        "[*zip(self.buffers, self.before, strict=True), *past]",
        "zip(self.buffers, self.before, strict=True)",
        (f"{MEMORY}::test_of_two_players_neither_has_moved_in_a_step_that_failed",),
    ),
    Mutation(
        "half a state of an optimiser stays",
        "train/mover.py",
        "                    self.state_of[p].pop(p)\n",
        "                    pass\n",
        (f"{MEMORY}::test_memory_that_runs_out_while_the_optimizer_makes_its_state_leaves_no_half_of_it",),
    ),
    Mutation(
        "gradients are not clipped",
        "train/mover.py",
        "if self.settings.clip_norm and long:",
        "if self.settings.clip_norm and not long:",
        (f"{MOVER}::test_clipping_by_norm_is_torchs",),
    ),
    Mutation(
        "gradients are not clipped by value",
        "train/mover.py",
        "        if self.settings.clip_value:\n",
        "        if self.settings.clip_value > 1:\n",
        (f"{MOVER}::test_clipping_by_value_is_torchs",),
    ),
    Mutation(
        "weight decay falls on biases",
        "train/optimizers.py",
        '"weight_decay": 0.0, "rate": settings.rate},',
        '"weight_decay": settings.decay, "rate": settings.rate},',
        (f"{MOVER}::test_weight_decay_falls_on_matrices_only",),
    ),
    Mutation(
        "slices are not weighed by their rows",
        "train/mover.py",
        "(loss if alone else loss * count).backward()",
        "(loss if alone else loss * 3).backward()",
        (f"{LOOP}::test_slices_train_as_the_whole_batch",),
    ),
    Mutation(
        "the averages leave running statistics out",
        "train/mover.py",
        "self.live = [*self.params, *(b for b in self.buffers if b.is_floating_point())]",
        "self.live = [*self.params]",
        (f"{MOVER}::test_running_statistics_are_averaged_with_the_weights",),
    ),
    Mutation(
        "the averages are judged and stay in place",
        "train/mover.py",
        "            kept.copy_(was)\n",
        "",
        (f"{MOVER}::test_swapping_twice_is_as_never",),
    ),
    Mutation(
        "batch norm is cut into slices",
        "objectives/supervised.py",
        "self.additive = not any(",
        "self.additive = True or any(",
        (f"{LOOP}::test_batch_norm_is_not_cut_into_slices",),
    ),
    Mutation(
        "memory that runs out in one process is not told the others",
        "train/memory.py",
        "    if ranks.agree(float(not made))[0]:\n",
        "    if not made:\n",
        ("train/test_memory_of_ranks.py::test_a_step_that_cannot_be_put_back_ends_in_all",),
    ),
    Mutation(
        "a team that is started again takes the dead for the living",
        "ranks.py",
        "        if all(other == team.encode() for other in store.multi_get(seen)):\n            return team\n",
        "        return team\n",
        ("test_ranks.py",),
    ),
    # --- randomness ---
    Mutation(
        "a part of the rows draws numbers of its own",
        "rng.py",
        "        return draw(count, *shape[1:])[start:stop]\n",
        "        return draw(*shape)\n",
        ("test_rng.py::test_some_rows_draw_what_they_draw_among_all",),
    ),
    Mutation(
        "dropout is not reseeded",
        "train/loop.py",
        "        reseed(seed + i)  # dropout draws from torch's own generator\n",
        "",
        (f"{LOOP}::test_every_step_slice_and_turn_draws_its_own_and_a_second_run_the_same",),
    ),
    Mutation(
        "every slice draws the same noise",
        "train/loop.py",
        'Rng(*at, "turns", i, device=plan.device)',
        'Rng(*at, "turns", device=plan.device)',
        (f"{LOOP}::test_every_step_slice_and_turn_draws_its_own_and_a_second_run_the_same",),
    ),
    Mutation(
        "every step draws the same dropout",
        "rng.py",
        "return (number + step * 0x9E3779B97F4A7C15) & 0x7FFFFFFFFFFFFFFF",
        "return number",
        (f"{LOOP}::test_every_step_slice_and_turn_draws_its_own_and_a_second_run_the_same",),
    ),
    Mutation(
        "augmentation is keyed by the place in the batch, not by the row",
        "rng.py",
        "lanes = rows.astype(np.uint64)[:, None]",
        "lanes = np.arange(len(rows)).astype(np.uint64)[:, None]",
        ("test_rng.py", "data/test_augment.py::test_a_row_gets_the_same_in_whatever_batch_it_stands"),
    ),
    Mutation(
        "draws of a resumed run depend on what was drawn before",
        "rng.py",
        "return torch.Generator(device=self.device).manual_seed(key(self._seed, *self._names))",
        "return torch.default_generator",
        ("test_rng.py::test_torch_draws_are_keyed_and_leave_the_global_generator_alone",),
    ),
    # --- the order of rows ---
    Mutation(
        "the order does not change with the epoch",
        "rng.py",
        'generator(seed, "order", epoch)',
        'generator(seed, "order")',
        ("test_rng.py::test_an_order_belongs_to_its_seed_and_epoch",),
    ),
    Mutation(
        "a row is skipped",
        "data/batches.py",
        "return visits[self._edge(step) : self._edge(step + 1)]",
        "return visits[self._edge(step) + (step > 0) : self._edge(step + 1)]",
        (ORDER,),
    ),
    Mutation(
        "a row comes twice",
        "data/batches.py",
        "return visits[self._edge(step) : self._edge(step + 1)]",
        "return visits[max(0, self._edge(step) - 1) : self._edge(step + 1)]",
        (BATCHES,),
    ),
    Mutation(
        "an epoch is repeated for ever",
        "data/batches.py",
        "epoch, step = epoch + 1, 0",
        "epoch, step = epoch, 0",
        (BATCHES,),
    ),
    Mutation(
        "a resumed run begins its epoch anew",
        "data/batches.py",
        "for at in range(step, self.steps_per_epoch):",
        "for at in range(self.steps_per_epoch):",
        (ORDER,),
    ),
    Mutation(
        "a resumed run begins with the first epoch",
        "data/batches.py",
        "epoch, step = divmod(start_step, self.steps_per_epoch)",
        "epoch, step = 0, start_step % self.steps_per_epoch",
        (ORDER,),
    ),
    Mutation(
        "a resumed run takes batches from the first step",
        "train/loop.py",
        "enumerate(batches(session.step), session.step)",
        "enumerate(batches(0), session.step)",
        (ORDER,),
    ),
    Mutation(
        "steps of texts of alike length are taken in an order of their start",
        "data/batches.py",
        'generator(self.seed, "steps", number)',
        "np.random.default_rng()",
        (BATCHES,),
    ),
    Mutation(
        "mixing is keyed by the place since the start, not by the step",
        "data/batches.py",
        "epoch * self.steps_per_epoch + at)",
        "at - step)",
        (ORDER,),
    ),
    # --- what a checkpoint holds ---
    Mutation(
        "the averages are forgotten",
        "train/mover.py",
        'x.copy_(self.held.own(p, state[f"average.{i}"]))',
        "x.clone()",
        (RESUMED,),
    ),
    Mutation(
        "the optimiser's momentum is forgotten",
        "train/mover.py",
        "            if kept:\n",
        "            if kept is None:\n",
        (RESUMED,),
    ),
    Mutation(
        "how long averages remember is forgotten",
        "train/mover.py",
        'self.moves = int(state["moves"])',
        "self.moves = 0",
        (RESUMED,),
    ),
    Mutation(
        "the schedule's level is dropped",
        "train/session.py",
        'self.rates.load(state["rates"])',
        'state["rates"]',
        (RESUMED,),
    ),
    Mutation(
        "the judge's best is forgotten",
        "train/session.py",
        'self.best, self.best_step, self.since_best = state["best"],',
        "self.best, self.best_step, self.since_best = None,",
        (RESUMED,),
    ),
    Mutation(
        "the best weights are forgotten",
        "train/session.py",
        'self.best_tensors = cut_as(objective.product(), under(tensors, "best."))',
        "self.best_tensors = {}",
        (RESUMED,),
    ),
    Mutation(
        "how long there was no gain is forgotten",
        "train/session.py",
        'state["best"], state["best_step"], state["since_best"]',
        'state["best"], state["best_step"], 0',
        (RESUMED,),
    ),
    Mutation(
        "losses of a line that was not yet written are forgotten",
        "train/session.py",
        'self.losses = tensors.get("losses")',
        "self.losses = None",
        (f"{SESSION}::test_losses_of_a_line_that_was_not_yet_written_are_in_the_checkpoint",),
    ),
    Mutation(
        "what the objective remembers is forgotten",
        "train/session.py",
        'objective.load(state["objective"])',
        'state["objective"]',
        (f"{SESSION}::test_the_run_of_two_players_is_in_the_checkpoint",),
    ),
    Mutation(
        "modules that are not moved are left out",
        "train/session.py",
        "        for name, module in {**objective.players(), **objective.modules()}.items():\n            loaded(",
        "        for name, module in objective.players().items():\n            loaded(",
        (f"{COMES_BACK}[dqn]",),
    ),
    Mutation(
        "the steps of a game are forgotten",
        "objectives/dqn.py",
        'self.steps = int(state["steps"])',
        "self.steps = 0",
        (f"{COMES_BACK}[dqn]",),
    ),
    Mutation(
        "what was lived through is not saved",
        "objectives/dqn.py",
        '{"target": self.frozen, "replay": self.replay}',
        '{"target": self.frozen}',
        (f"{COMES_BACK}[dqn]",),
    ),
    Mutation(
        "matches that are not over are forgotten",
        "objectives/alphazero.py",
        "self.matches = [Ongoing(",
        "state = [Ongoing(",
        (f"{COMES_BACK}[alphazero]",),
    ),
    Mutation(
        "where the next experience goes is forgotten",
        "play/replay.py",
        '            self.register_buffer(f"kept_{name}", torch.zeros(size, *shape))\n',
        '            self.register_buffer(f"kept_{name}", torch.zeros(size, *shape), persistent=False)\n',
        (f"{COMES_BACK}[dqn]",),
    ),
    Mutation(
        "how many steps a device has refused is forgotten",
        "train/mover.py",
        '        self.refused.copy_(state["refused"])\n',
        "",
        (f"{FINITE}::test_a_run_taken_up_between_two_refused_steps_ends_where_it_would_have_ended",),
    ),
    Mutation(
        "the census is not taken",
        "train/session.py",
        "self._census.check(objective)",
        "began",
        ("train/test_census.py",),
    ),
    Mutation(
        "time between two starts is spent",
        "train/session.py",
        '''is one; the log is cut to where it was."""
        self._clock = time.monotonic()
''',
        '''is one; the log is cut to where it was."""
''',
        (f"{SESSION}::test_time_between_two_starts_is_not_spent",),
    ),
    Mutation(
        "what was recorded when memory ran out holds for earlier steps too",
        "train/plan.py",
        "for first, slices in self.halved if first <= step)",
        "for _, slices in self.halved)",
        (f"{MEMORY}::test_a_resumed_run_has_the_same_slices_from_the_same_step_on",),
    ),
    Mutation(
        "a plan of more slices is not kept",
        "flow/disk.py",
        '        self.run.write("plan.json", plan)\n        self.teller.warn(why)\n',
        "        self.teller.warn(why)\n",
        (f"{MEMORY}::test_a_run_says_it_once_and_keeps_it",),
    ),
    Mutation(
        "a judgement that is not finite can be the best",
        "train/session.py",
        "gained = math.isfinite(value) and (",
        "gained = (",
        (f"{SESSION}::test_a_judgement_that_is_not_finite_is_never_the_best",),
    ),
    Mutation(
        "a signal is not heard",
        "train/stop.py",
        "session.asked_to_stop = True",
        "session.asked_to_stop = False",
        (f"{SESSION}::test_a_signal_ends_training_after_the_step_with_everything_saved",),
    ),
    # --- files ---
    Mutation(
        "the log is not cut to where the checkpoint was",
        "train/session.py",
        'self.keeper.truncate(state["log"])',
        'state["log"]',
        (f"{SESSION}::test_lines_written_after_the_checkpoint_are_cut",),
    ),
    Mutation(
        "a torn line is not cut",
        "files.py",
        "        if whole != file.tell():\n",
        "        if whole < 0:\n",
        ("run/test_files.py", "run/test_log.py"),
    ),
    Mutation(
        "bytes are not synced",
        "files.py",
        "                os.fchmod(file.fileno(), 0o644)\n                os.fsync(file.fileno())\n",
        "                os.fchmod(file.fileno(), 0o644)\n",
        ("run/test_files.py::test_bytes_are_synced_before_they_take_their_place_and_the_folder_after",),
    ),
    Mutation(
        "the folder is not synced",
        "files.py",
        "        sync_folder(path.parent)\n",
        "",
        ("run/test_files.py::test_bytes_are_synced_before_they_take_their_place_and_the_folder_after",),
    ),
    Mutation(
        "a line of the log is not synced",
        "files.py",
        '        file.write(line + b"\\n")\n        file.flush()\n        os.fsync(file.fileno())\n',
        '        file.write(line + b"\\n")\n        file.flush()\n',
        ("run/test_files.py::test_a_line_is_synced",),
    ),
    Mutation(
        "the slots are not alternated",
        "run/checkpoint.py",
        "return SLOTS[1 - SLOTS.index(slot)]",
        "return slot",
        (f"{CHECKPOINT}::test_a_kill_at_any_moment_leaves_the_newest_or_the_one_before",),
    ),
    Mutation(
        "the manifest stays while its slot is written",
        "run/checkpoint.py",
        "            (place / MANIFEST).unlink(missing_ok=True)\n",
        "",
        (f"{CHECKPOINT}::test_a_slot_that_was_being_written_is_told_from_a_damaged_one",),
    ),
    Mutation(
        "the hash of a slot's file is not checked",
        "run/checkpoint.py",
        'if sha256(data) != manifest["files"][name]["sha256"]:',
        "if not data:",
        (f"{CHECKPOINT}::test_a_damaged_slot_is_named_and_the_one_before_is_used",),
    ),
    Mutation(
        "the hash of a tensor is not checked",
        "run/tensors.py",
        "if name not in tensors or hashes.get(name) != _hash(name, tensors[name]):",
        "if name not in tensors or name not in hashes:",
        (f"{CHECKPOINT}::test_no_flipped_bit_is_read_in_silence",),
    ),
    Mutation(
        "the older slot is taken",
        "run/checkpoint.py",
        "sorted(SLOTS, key=self._number, reverse=True)",
        "sorted(SLOTS, key=self._number)",
        (f"{CHECKPOINT}::test_a_new_process_saves_after_the_newest",),
    ),
    Mutation(
        "numbers of the state that are not finite are lost",
        "run/checkpoint.py",
        "    if isinstance(value, float) and not math.isfinite(value):\n",
        "    if value is NOT_FINITE:\n",
        (f"{CHECKPOINT}::test_floats_of_the_state_come_back_to_the_bit",),
    ),
    Mutation(
        "the hash of a file of a run is not checked",
        "run/directory.py",
        'if sha256(data) not in [hashes["sha256"] for hashes in wanted]:',
        "if not data:",
        ("run/test_directory.py::test_damage_is_named",),
    ),
    Mutation(
        "the manifest is not told of a file before it takes its place",
        "run/directory.py",
        '        self._list({**files, name: {**now, "next": coming}})\n        write_bytes(place, data)\n',
        "        write_bytes(place, data)\n",
        ("run/test_directory.py",),
    ),
    # --- computed again ---
    Mutation(
        "a batch norm that is computed again sees the batch twice",
        "train/recompute.py",
        "return nullcontext(), AsThen(self.statistics)",
        "return nullcontext(), nullcontext()",
        ("train/test_recompute.py::test_a_batch_norm_sees_each_batch_once",),
    ),
    Mutation(
        "what is computed again draws anew",
        "train/recompute.py",
        "use_reentrant=False,",
        "use_reentrant=False, preserve_rng_state=False,",
        ("train/test_recompute.py::test_the_same_is_learned_to_the_bit",),
    ),
    Mutation(
        "statistics stay where computing again broke off",
        "train/recompute.py",
        "        self._put(self.now)",
        "        pass",
        ("train/test_recompute.py::test_statistics_are_right_where_computing_again_breaks_off",),
    ),
    # --- what is cut over processes ---
    Mutation(
        "gradients are clipped by the length of a shard",
        "train/shards.py",
        "        self.ranks.sum([square])\n",
        "",
        (f"{SHARDS}::test_shards_learn_what_one_process_learns",),
    ),
    Mutation(
        "what was gathered before a move is used after it",
        "train/mover.py",
        "        self.held.close()\n        for optimizer in self.optimizers:\n",
        "        for optimizer in self.optimizers:\n",
        (f"{SHARDS}::test_shards_learn_what_one_process_learns",),
    ),
    Mutation(
        "Muon evens out the rows of a shard by themselves",
        "train/optimizers.py",
        "whole = self.held.whole(p, ahead)",
        "whole = ahead",
        (f"{SHARDS}::test_two_with_shards_learn_what_two_without_learn",),
    ),
    Mutation(
        "a process takes up the rows that it wrote",
        "run/tensors.py",
        "ranks.rows(ends[-1])",
        "slice(0, ends[1])",
        (f"{SHARDS}::test_a_checkpoint_of_two_is_taken_up_by_any_number",),
    ),
    Mutation(
        "a shard is not hashed when a run goes on",
        "run/checkpoint.py",
        '*(name for name in manifest["files"] if PurePath(name).match(SHARDS))',
        "*()",
        (f"{SHARDS}::test_a_damaged_shard_is_named_and_the_checkpoint_before_it_used",),
    ),
    Mutation(
        "a process without a batch to judge is not called for weights",
        "ranks.py",
        "yield *some[min(self.rank, len(some) - 1)], self.rank < len(some)",
        "yield from [(*x, True) for i, x in enumerate(some) if i == self.rank]",
        ("test_ranks.py::test_in_every_round_all_get_a_part_and_each_part_counts_once",),
    ),
    Mutation(
        "the whole of a net stays beside its shards",
        "train/cut.py",
        "    parts: list[Any] = [*blocks_of(module), module]\n",
        "    parts: list[Any] = [*blocks_of(module), module]\n    ranks.kept = list(module.parameters())\n",
        (f"{SHARDS}::test_each_holds_its_share",),
    ),
)
