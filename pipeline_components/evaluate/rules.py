"""The gate's rules: what a model must show to be served, each with what was observed and what was required.

Every comparison is written so that not-a-number fails it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from pipeline_components.data import registry
from pipeline_components.data.blessing import Blessing, Rule
from pipeline_components.errors import BadConfig
from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.evaluate.metrics import TestMetrics
from pipeline_components.evaluate.scores import ClassScore, Slice
from pipeline_components.stats.mcnemar import Paired, outcome, p_value

UNFORCEABLE = {"loss"}
WORST = 3  # classes that a reason names


def rules_of(metrics: TestMetrics, loss: float, pairs: Paired | None, config: EvaluateConfig) -> Iterator[Rule]:
    """Every rule that this run asks for, in the order in which a person would want to read them."""
    threshold = config.accuracy_threshold
    if threshold is None:
        threshold = registry.dataset(metrics["dataset"]).accuracy_threshold
    floor = max(1 - 5 * (1 - threshold), 0.0) if config.recall_floor is None else config.recall_floor
    bound = max(1 - threshold, 0.05) if config.calibration_bound is None else config.calibration_bound
    yield loss_rule(loss)
    yield accuracy_rule(metrics, threshold)
    yield recall_rule(metrics["per_class"], floor)
    yield calibration_rule(metrics["calibration"]["ece"], bound)
    if metrics["champion"]:
        yield comparable_rule(metrics["champion"]["problems"], config.new_line)
    if pairs:
        yield champion_rule(pairs, config.champion_alpha)
        if config.require_improvement:
            yield improvement_rule(pairs, config.champion_alpha)
    if unknown := set(config.slice_floors) - {part["slice"] for part in metrics["slices"]} - {"hard"}:
        known = ", ".join(part["slice"] for part in metrics["slices"])
        raise BadConfig(f"slice_floors: no slice {', '.join(sorted(unknown))}; slices: {known}")
    yield from slice_rules(metrics["slices"], config.slice_floors)


def loss_rule(loss: float) -> Rule:
    """The loss is a finite number: what the model says are probabilities."""
    detail = f"mean test loss {loss:.4f}" if math.isfinite(loss) else "the model predicts values that are not finite"
    return _rule("loss", loss, "finite", math.isfinite(loss), detail)


def accuracy_rule(metrics: TestMetrics, threshold: float) -> Rule:
    """The accuracy is at least the threshold even at the lower end of its interval."""
    low, seen = metrics["accuracy_low"], metrics["examples"]
    share = f"{metrics['correct']:,} of {seen:,} right ({metrics['accuracy']:.4f})"
    detail = f"{share}, lower bound {low:.4f} at {metrics['confidence']:.0%} confidence"
    return _rule("accuracy", low, f"≥ {threshold:g}", seen > 0 and low >= threshold, detail)


def recall_rule(scores: Sequence[ClassScore], floor: float) -> Rule:
    """Every class is found often enough."""
    below = sum(not score["recall"] >= floor for score in scores)
    lowest = sorted(scores, key=lambda score: (score["recall"] >= floor, score["recall"]))[: min(below, WORST) or 1]
    named = ", ".join(f"{score['class']} ({score['recall']:.4f} of {score['support']:,})" for score in lowest)
    detail = f"{below} of {len(scores)} classes below: lowest {named}" if below else f"lowest {named}"
    return _rule("class_recall", lowest[0]["recall"], f"≥ {floor:g}", not below, detail)


def calibration_rule(ece: float | None, bound: float) -> Rule:
    """What the model claims is about what it keeps."""
    detail = "cannot be measured" if ece is None else f"expected calibration error {ece:.4f}"
    return _rule("calibration", ece, f"≤ {bound:g}", ece is not None and ece <= bound, detail)


def comparable_rule(problems: Sequence[str], new_line: bool) -> Rule:
    """The champion answers the same question, or the run says that it starts a new line."""
    if not problems:
        return _rule("champion_comparable", None, "same classes, same line", True, "same classes and line of data")
    why = "; ".join(problems)
    detail = f"a new line starts: {why}" if new_line else f"{why}: set new_line to serve it all the same"
    return _rule("champion_comparable", None, "same classes, same line", new_line, detail)


def champion_rule(pairs: Paired, alpha: float) -> Rule:
    """The challenger is not significantly worse than the champion: exact McNemar, one-sided."""
    return _rule("champion", pairs.p_worse, f"p ≥ {alpha:g}", pairs.p_worse >= alpha, comparison(pairs, alpha))


def improvement_rule(pairs: Paired, alpha: float) -> Rule:
    """The challenger is significantly better than the champion: asked for by `require_improvement`."""
    return _rule("improvement", pairs.p_better, f"p < {alpha:g}", pairs.p_better < alpha, comparison(pairs, alpha))


def comparison(pairs: Paired, alpha: float) -> str:
    """Challenger against champion in one sentence with McNemar's numbers."""
    verdict = outcome(pairs, alpha)
    counts = f"{pairs.newly_right:,} newly right, {pairs.newly_wrong:,} newly wrong"
    tails = {"worse": ("worse than", pairs.p_worse), "better": ("better than", pairs.p_better)}
    words, p = tails.get(verdict, ("cannot be told apart from", pairs.p_different))
    return f"{words} the champion: {counts}, {p_value(p)}" + ("" if verdict in tails else " two-sided")


def slice_rules(slices: Sequence[Slice], floors: Mapping[str, float]) -> Iterator[Rule]:
    """The accuracy over each slice that was given a floor; a slice with no examples has nothing to fail with."""
    for part in slices:
        floor = floors.get(part["slice"])
        if floor is not None:
            accuracy = part["accuracy"]
            shown = "no examples" if accuracy is None else f"accuracy {accuracy:.4f} over {part['examples']:,} examples"
            passed = accuracy is None or accuracy >= floor
            yield _rule(f"slice {part['slice']}", accuracy, f"≥ {floor:g}", passed, f"{part['description']}: {shown}")


def bless(rules: Sequence[Rule], force: str | None) -> Blessing:
    """The verdict: every rule passed, or a person forced it with a reason; what has no finite loss is never served."""
    failed = [rule for rule in rules if not rule["passed"]]
    forced = force if failed and not any(rule["rule"] in UNFORCEABLE for rule in failed) else None
    reasons = [_reason(rule) for rule in failed]
    if forced:
        reasons.insert(0, f"forced: {forced}")
    elif failed and force:
        reasons.insert(0, "force_bless does not help a model whose loss is not finite")
    blessed = not failed or forced is not None
    return Blessing(
        blessed=blessed,
        verdict="blessed" if blessed else "refused",
        reasons=reasons or [rule["detail"] for rule in rules if rule["rule"] in ("accuracy", "champion")],
        rules=list(rules),
        forced=forced,
    )


def _rule(name: str, observed: float | None, required: str, passed: bool, detail: str) -> Rule:
    """One rule's outcome as JSON can hold it: not-a-number becomes null."""
    shown = observed if observed is not None and math.isfinite(observed) else None
    return Rule(rule=name, observed=shown, required=required, passed=bool(passed), detail=detail)


def _reason(rule: Rule) -> str:
    """A failed rule in one line: what was seen, what was asked."""
    return f"{rule['rule'].replace('_', ' ')}: {rule['detail']}, required {rule['required']}"
