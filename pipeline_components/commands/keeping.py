"""`digits verify`, `gc`, `pin`, `unpin`: whether a store is intact, what stays whatever happens, what nobody needs."""

import json as jsonlib
import re
from dataclasses import asdict, dataclass
from typing import Annotated

from cyclopts import Parameter

from pipeline_components.commands.inspect import Id, listed, resolve
from pipeline_components.commands.options import (
    DEFAULT_STORE,
    Amount,
    Count,
    JsonOption,
    StoreOption,
    Text,
    existing,
    note,
)
from pipeline_components.commands.tables import print_table
from pipeline_components.errors import ArtifactDamaged, BadConfig
from pipeline_components.store import Store
from pipeline_components.store.disk import size
from pipeline_components.store.gc import Policy
from pipeline_components.store.ids import is_component
from pipeline_components.terminal import wrapped

Who = Annotated[Text | None, Parameter(help="Whose wish it is; by default that of who runs this.")]


def verify(
    artifact: Annotated[list[str] | None, Parameter(help="Ids; the whole store if none is given.")] = None,
    /,
    *,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Read every byte again: sizes, digests, missing and extra files, the chain, served versions, records."""
    where = existing(store)
    problems = where.verify(
        [resolve(where, each).id if is_component(each) else each for each in artifact or []] or None
    )
    if json:
        print(jsonlib.dumps([asdict(each) for each in problems]))
    else:
        for each in problems:
            print(each)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise ArtifactDamaged(f"{store}: {count}: restore from a copy, or run again: what is damaged is never reused")
    if not json:
        total = len(where.summaries())
        if artifact or total:
            what = listed(artifact) if artifact else f"all {total} artifacts of {store}"
            print(wrapped(f"intact: {what}"))
        else:
            note(f"{store}: no artifact yet, so nothing was verified: digits run makes some")


@dataclass(frozen=True)
class Keep:
    """The collector's policy as flags."""

    keep: Annotated[Count, Parameter(help="Newest artifacts of each component to keep.")] = Policy.keep
    keep_of: Annotated[list[str] | None, Parameter(help="For one component, such as train=10.")] = None
    days: Annotated[Amount, Parameter(help="Keep what was used within so many days.")] = Policy.days
    keep_runs: Annotated[Count, Parameter(help="Keep what the last so many runs used.")] = Policy.runs
    keep_versions: Annotated[Count, Parameter(help="Newest served versions of each model to keep.")] = Policy.versions
    grace_hours: Annotated[Amount, Parameter(help="Keep what was used so lately, in hours.")] = Policy.grace_hours

    def policy(self) -> Policy:
        """As the store takes it; raises BadConfig for a --keep-of that it cannot mean."""
        keep_of = _keep_of(self.keep_of or [])
        return Policy(self.keep, keep_of, self.days, self.keep_runs, self.grace_hours, self.keep_versions)


def gc(
    *,
    delete: Annotated[bool, Parameter(negative="", help="Do it; without this, only say what would go.")] = False,
    keep: Annotated[Keep, Parameter(name="*")] = Keep(),
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Collect what is neither served, pinned, recent nor in use, nor an input of such; a dry run without --delete.

    Served versions older than the newest are taken out of service's folder, but the one that a rollback goes to.
    """
    found = existing(store).collect(keep.policy(), dry_run=not delete)
    if json:
        print(jsonlib.dumps(asdict(found) | {"freed_bytes": found.freed_bytes}))
        return
    print_table(("id", "size"), [(each, size(count)) for each, count in (found.collected | found.retired).items()])
    verb = "would be freed: --delete does it" if found.is_dry_run else "freed"
    count = f"{len(found.collected)} of {len(found.collected) + len(found.kept)} artifacts"
    if found.retired:
        count += f" and {len(found.retired)} served version{'s' if len(found.retired) > 1 else ''}"
    print(f"{count}, {size(found.freed_bytes)} {verb}")


def _keep_of(values: list[str]) -> dict[str, int]:
    pairs = [value.partition("=") for value in values]
    for name, _, count in pairs:
        if not is_component(name) or not re.fullmatch(r"[0-9]{1,9}", count):
            raise BadConfig(f"--keep-of: {name}={count[:40]} found, component=number expected, such as train=10")
    return {name: int(count) for name, _, count in pairs}


def pin(
    artifact: Id,
    *,
    why: Annotated[Text, Parameter(help="Why it is to be kept.")] = "",
    by: Who = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Keep an artifact, and what it was made from, whatever gc's policy says."""
    where = Store.at(store)
    found = resolve(where, artifact)
    where.pin(found.id, why, by)
    print(found.id)


def unpin(
    artifact: Id,
    *,
    why: Annotated[Text, Parameter(help="Why it need not be kept any more.")] = "",
    by: Who = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Let gc's policy decide on an artifact again."""
    Store.at(store).unpin(artifact, why, by)
    print(artifact)
