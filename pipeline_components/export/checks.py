"""Records of infra_validation.json: what each check of an exported model demands, and what it found."""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["behaviour", "budget"]


@dataclass(frozen=True)
class Check:
    """A demand: on what the model must do (`behaviour`), or on its time, size and memory (`budget`)."""

    kind: Kind
    name: str
    required: str
    observed: str
    passed: bool
    varies: bool = False

    @property
    def reason(self) -> str:
        """Why the model is refused when this has failed."""
        return f"{self.name}: {self.observed} found, {self.required} required"

    def as_json(self) -> dict[str, Any]:
        """One entry of the file; what varies from run to run is left out unless it is the reason for a refusal."""
        entry = {"kind": self.kind, "check": self.name, "required": self.required, "passed": self.passed}
        return entry if self.varies and self.passed else entry | {"observed": self.observed}


@dataclass(frozen=True)
class Validation:
    """Every check of one export, in the order in which they were made."""

    checks: list[Check]

    def reasons(self, *kinds: Kind) -> list[str]:
        """A line for each check that has failed; of these kinds alone, if any is named."""
        return [check.reason for check in self.checks if not check.passed and (not kinds or check.kind in kinds)]

    def measured(self) -> str:
        """What varies from run to run, in one line for the log."""
        return "  ".join(f"{check.name} {check.observed}" for check in self.checks if check.varies)

    def as_json(self) -> dict[str, Any]:
        """What infra_validation.json holds: equal bytes for equal exports, as long as they pass."""
        reasons = self.reasons()
        return {"passed": not reasons, "reasons": reasons, "checks": [check.as_json() for check in self.checks]}


def behaves(name: str, passed: object, required: str, observed: str) -> Check:
    """A demand on what the model does."""
    return Check("behaviour", name, required, observed, bool(passed))


def within(name: str, observed: float, budget: float, unit: str, *, varies: bool = True) -> Check:
    """A demand that a quantity keeps to its budget; NaN does not."""
    return Check("budget", name, f"at most {budget} {unit}", f"{observed:.2f} {unit}", bool(observed <= budget), varies)
