"""The gate's rules: what a model must show to be served, each with what was observed and what was required.

Every comparison is written so that not-a-number fails it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from pipeline_components.data import registry
from pipeline_components.data.blessing import Blessing, Rule
from pipeline_components.errors import BadConfig
from pipeline_components.evaluate.comparison import ROLES, ClassDrop, Comparison, Role, pairs_of
from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.evaluate.metrics import TestMetrics
from pipeline_components.evaluate.scores import ClassScore, Slice
from pipeline_components.stats.looks import spent
from pipeline_components.stats.mcnemar import Paired, outcome, p_value

UNFORCEABLE = {"loss"}
WORST = 3  # classes that a reason names
ANCHOR_ALPHA = 0.001  # only one that is surely better becomes the anchor: see tests/evaluate/test_simulation.py
FORESEEN = 0.2  # share of its mistakes that a model must expect of itself
LEARNT_BEFORE = 0.001  # as much as preprocess lets leak, unless it is told otherwise
UNSEEN_LOSS = 0.01  # a loss of accuracy that a comparison which is to decide must be able to see


def rules_of(metrics: TestMetrics, loss: float, config: EvaluateConfig) -> Iterator[Rule]:
    """Every rule that this run asks for, in the order in which a person would want to read them."""
    threshold = config.accuracy_threshold
    if threshold is None:
        threshold = registry.dataset(metrics["dataset"]).accuracy_threshold
    floor = max(1 - 5 * (1 - threshold), 0.0) if config.recall_floor is None else config.recall_floor
    yield loss_rule(loss, metrics["not_finite"])
    if metrics["learnt_before"]:
        yield unseen_rule(metrics["learnt_before"], metrics["examples"])
    yield accuracy_rule(metrics, threshold)
    yield recall_rule(metrics["per_class"], floor)
    yield overconfidence_rule(metrics, config.overconfidence_bound)
    if metrics["champion"]:
        yield comparable_rule(metrics["champion"]["problems"], config.new_line)
    yield from comparison_rules(metrics, config)
    if unknown := set(config.slice_floors) - {part["slice"] for part in metrics["slices"]} - {"hard"}:
        known = ", ".join(part["slice"] for part in metrics["slices"])
        raise BadConfig(f"slice_floors: no slice {', '.join(sorted(unknown))}; slices: {known}")
    yield from slice_rules(metrics["slices"], config.slice_floors)


def comparison_rules(metrics: TestMetrics, config: EvaluateConfig) -> Iterator[Rule]:
    """What the champion, the anchor and the last model that passed without force are defended by."""
    for role in ROLES:
        beside, pairs = metrics[role], pairs_of(metrics[role])
        if beside is None or pairs is None:
            continue
        left_out = metrics["examples"] - (beside["examples"] or 0)
        yield champion_rule(pairs, config.champion_alpha, role, left_out)
        if role != "anchor":
            yield loss_rise_rule(beside, config.loss_margin, role)
            yield class_drop_rule(beside["class_drops"], config.class_margin, role)
        if role == "champion" and config.require_improvement:
            yield improvement_rule(pairs, config.champion_alpha, metrics["looks"]["earlier"] + 1)


def loss_rule(loss: float, not_finite: int = 0) -> Rule:
    """The loss is a finite number, and so is all that the model says, of whichever class."""
    is_finite = math.isfinite(loss) and not not_finite
    detail = f"mean test loss {loss:.4f}" if is_finite else "the model predicts values that are not finite"
    return _rule("loss", loss, "finite", is_finite, detail)


def unseen_rule(learnt_before: int, examples: int) -> Rule:
    """A model that began with another is not praised for what that one learnt by heart."""
    share = learnt_before / examples
    detail = f"{learnt_before:,} of {examples:,} test images are among those that a model it began with learnt from"
    return _rule("unseen", share, f"≤ {LEARNT_BEFORE:g}", share <= LEARNT_BEFORE, detail)


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


def overconfidence_rule(metrics: TestMetrics, bound: float | None) -> Rule:
    """The model foresees some of its mistakes: one that is always sure foresees none, however often it is right."""
    confidence, mistakes = metrics["mean_confidence"], 1 - metrics["accuracy"]
    most = (1 - FORESEEN) * mistakes if bound is None else bound
    over = None if confidence is None or not metrics["examples"] else confidence - metrics["accuracy"]
    passed = over is not None and over <= most
    detail = "cannot be measured" if over is None else f"{foresight(metrics)}: confidence less accuracy {over:+.4f}"
    return _rule("overconfidence", over, f"≤ {most:.4g}", passed, detail)


def foresight(metrics: TestMetrics) -> str:
    """How many mistakes the model expects of itself, and how many it makes."""
    seen, made = metrics["examples"], metrics["examples"] - metrics["correct"]
    return f"{made:,} of {seen:,} wrong where it expects {(1 - (metrics['mean_confidence'] or 0)) * seen:,.0f}"


def warnings_of(metrics: TestMetrics) -> list[str]:
    """What does not refuse a model and should be known: that it is far better than it thinks."""
    if metrics["mean_confidence"] is None:
        return []
    made = metrics["examples"] - metrics["correct"]
    expected = (1 - metrics["mean_confidence"]) * metrics["examples"]
    is_timid = expected > 2 * made + 3 * math.sqrt(made + 1)
    return [f"under-confident: {foresight(metrics)}"] if is_timid else []


def undecided(metrics: TestMetrics, alpha: float) -> list[str]:
    """Where the numbers cannot tell: no difference was found, and a loss that matters would not have been seen."""
    found = []
    for role in ROLES:
        beside, pairs = metrics[role], pairs_of(metrics[role])
        if beside and pairs and outcome(pairs, alpha) == "cannot be told apart":
            unseen = beside["detectable"]
            if unseen is not None and unseen > UNSEEN_LOSS:
                found.append(f"undecided: {_whom(role)} may be better by {100 * unseen:.1f} points, unseen")
    return found


def is_tied(metrics: TestMetrics, alpha: float) -> bool:
    """Whether there is a champion, and neither of the two models is significantly better."""
    pairs = pairs_of(metrics["champion"])
    return pairs is not None and outcome(pairs, alpha) == "cannot be told apart"


def comparable_rule(problems: Sequence[str], new_line: bool) -> Rule:
    """The champion answers the same question, or the run says that it starts a new line."""
    if not problems:
        return _rule("champion_comparable", None, "same classes, same line", True, "same classes and line of data")
    why = "; ".join(problems)
    detail = f"a new line starts: {why}" if new_line else f"{why}: set new_line to serve it all the same"
    return _rule("champion_comparable", None, "same classes, same line", new_line, detail)


def champion_rule(pairs: Paired, alpha: float, role: Role = "champion", left_out: int = 0) -> Rule:
    """The challenger is not significantly worse than the champion, or the anchor: exact McNemar, one-sided."""
    seen = f"; {left_out:,} left out that one of them learnt from" if left_out else ""
    detail = comparison(pairs, alpha, role) + seen
    return _rule(role, pairs.p_worse, f"p ≥ {alpha:g}", pairs.p_worse >= alpha, detail)


def improvement_rule(pairs: Paired, alpha: float, look: int = 1) -> Rule:
    """The challenger is significantly better than the champion: asked for by `require_improvement`.

    Of many models that are no better, one looks so by chance: each look at these images may spend a part of alpha.
    """
    most = spent(alpha, look)
    detail = f"{comparison(pairs, most)}; model {look:,} judged on these images"
    return _rule("improvement", pairs.p_better, f"p < {most:.2g}", pairs.p_better < most, detail)


def loss_rise_rule(beside: Comparison, margin: float, role: Role = "champion") -> Rule:
    """The challenger's probabilities are not surely worse than the champion's by more than the margin."""
    low, before, rise = beside["loss_rise_low"], beside["loss"], beside["loss_rise"]
    if low is None or before is None or rise is None:
        return _rule(f"{role}_loss", None, "comparable", not beside["examples"], "cannot be measured")
    detail = f"loss {before + rise:.4f} where {_whom(role)} has {before:.4f}, surely {max(low, 0):.4f} more"
    return _rule(f"{role}_loss", low, f"≤ {margin * before:.4g}", low <= margin * before, detail)


def class_drop_rule(drops: Sequence[ClassDrop], margin: float, role: Role = "champion") -> Rule:
    """No single class is surely lost, however well the others make up for it."""
    lost = [each for each in drops if not each["drop_low"] <= margin]
    worst = max(lost or drops, key=lambda each: each["drop_low"])
    most = sorted(lost, key=lambda each: -each["drop"])[:WORST] or [worst]
    named = ", ".join(f"{each['class']} by {100 * each['drop']:.1f} points" for each in most)
    detail = (
        f"{len(lost)} of {len(drops)} classes lost: {named}, surely {worst['drop_low']:.4f}"
        if lost
        else f"most: {named}"
    )
    return _rule(f"{role}_classes", worst["drop_low"], f"≤ {margin:g}", not lost, detail)


def comparison(pairs: Paired, alpha: float, role: Role = "champion") -> str:
    """Challenger against champion in one sentence with McNemar's numbers."""
    verdict = outcome(pairs, alpha)
    counts = f"{pairs.newly_right:,} newly right, {pairs.newly_wrong:,} newly wrong"
    tails = {"worse": ("worse than", pairs.p_worse), "better": ("better than", pairs.p_better)}
    words, p = tails.get(verdict, ("cannot be told apart from", pairs.p_different))
    return f"{words} {_whom(role)}: {counts}, {p_value(p)}" + ("" if verdict in tails else " two-sided")


def _whom(role: Role) -> str:
    return {"unforced": "the last unforced model"}.get(role, f"the {role}")


def slice_rules(slices: Sequence[Slice], floors: Mapping[str, float]) -> Iterator[Rule]:
    """The accuracy over each slice that was given a floor; a slice with no examples has nothing to fail with."""
    for part in slices:
        floor = floors.get(part["slice"])
        if floor is not None:
            accuracy = part["accuracy"]
            shown = "no examples" if accuracy is None else f"accuracy {accuracy:.4f} over {part['examples']:,} examples"
            passed = accuracy is None or accuracy >= floor
            yield _rule(f"slice {part['slice']}", accuracy, f"≥ {floor:g}", passed, f"{part['description']}: {shown}")


def anchors(metrics: TestMetrics) -> bool:
    """Whether this model, once it is served, is what the next ones are held to: the first, or one surely better."""
    pairs = pairs_of(metrics["anchor"])
    return pairs is None or pairs.p_better < ANCHOR_ALPHA


def bless(
    rules: Sequence[Rule],
    force: str | None,
    *,
    anchors: bool = True,
    warnings: Sequence[str] = (),
    undecided: Sequence[str] = (),
    tied: bool = False,
) -> Blessing:
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
        anchors=anchors and not failed,
        warnings=list(warnings),
        undecided=[] if failed else list(undecided),
        tied=tied and not failed,
    )


def _rule(name: str, observed: float | None, required: str, passed: bool, detail: str) -> Rule:
    """One rule's outcome as JSON can hold it: not-a-number becomes null."""
    shown = observed if observed is not None and math.isfinite(observed) else None
    return Rule(rule=name, observed=shown, required=required, passed=bool(passed), detail=detail)


def _reason(rule: Rule) -> str:
    """A failed rule in one line: what was seen, what was asked."""
    return f"{rule['rule'].replace('_', ' ')}: {rule['detail']}, required {rule['required']}"
